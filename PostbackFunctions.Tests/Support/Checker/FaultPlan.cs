namespace Postback.Tests.Support.Checker;

internal enum FaultKind
{
    None,

    /// <summary>An error, and nothing was done.</summary>
    ErrorBefore,

    /// <summary>An error, although it was done.</summary>
    ErrorAfter,

    /// <summary>It was done, and the connection ends without an answer.</summary>
    LostAnswer,

    /// <summary>It was done, and the connection ends in the middle of the answer.</summary>
    CutAnswer,

    /// <summary>It was done, and the answer comes late.</summary>
    LateAnswer,

    /// <summary>A row is declined, as if the service could not take it.</summary>
    DeclinedRow,

    /// <summary>A receive gets the messages of an earlier receive.</summary>
    RepeatedReceive,

    /// <summary>A delete is answered, and not done.</summary>
    LostDelete,
}

/// <summary>A fault of one request.</summary>
internal readonly record struct Fault(FaultKind Kind, StorageError? Error = null, TimeSpan Delay = default);

/// <summary>From some request on, a table, queue or container does not exist, for some seconds.</summary>
internal readonly record struct Vanishing(string Resource, TimeSpan Duration);

/// <summary>
/// Which request meets which fault. It follows from the seed, the service and the request's number alone, so the same order of requests
/// meets the same faults. Single faults are mostly hidden by the clients' retries, so there are also stretches in which most requests fail.
/// </summary>
internal sealed class FaultPlan(ulong seed)
{
    // Of 1,000 requests outside of a stretch.
    private static readonly (FaultKind Kind, int Share)[] Shares =
    [
        (FaultKind.ErrorBefore, 30),
        (FaultKind.ErrorAfter, 20),
        (FaultKind.LostAnswer, 15),
        (FaultKind.CutAnswer, 10),
        (FaultKind.LateAnswer, 4),
        (FaultKind.DeclinedRow, 10),
        (FaultKind.RepeatedReceive, 120),
        (FaultKind.LostDelete, 80),
    ];

    // Every block of requests has one stretch, in which this share of 1,000 requests fails in the same way.
    private const int Block = 200;
    private const int LongestStretch = 30;
    private const int StretchShare = 800;

    // Of so many requests of a service, one makes something vanish.
    private static int VanishingBlock(StorageService service) =>
        service switch { StorageService.Blob => 200, StorageService.Queue => 1_000, _ => 500 };

    // Those without which a record may end in the wrong place come twice.
    private static readonly string[] Tables =
    [
        StorageNames.KeyTable, StorageNames.RecordTable, StorageNames.QuarantineTable,
        StorageNames.KeyTable, StorageNames.RecordTable, StorageNames.ActivityTable, StorageNames.DeadLetterTable,
    ];

    private static readonly string[] Containers = [StorageNames.BodyContainer, StorageNames.DeadLetterContainer];

    private static readonly StorageError[] Errors =
    [
        StorageError.ServerBusy, StorageError.TimedOut, StorageError.InternalError, StorageError.ServerBusy,
        StorageError.NotAuthorized, StorageError.NotAuthenticated,
    ];

    public Fault FaultOf(StorageRequest request, long number)
    {
        var roll = Roll(request.Service, number);
        var error = Errors[roll(1) % (ulong)Errors.Length];
        var stretch = Roll(request.Service, -1 - (number / Block));
        var start = (long)(stretch(0) % (Block - LongestStretch));
        var length = 8 + (long)(stretch(1) % (LongestStretch - 8));
        if (number % Block >= start && number % Block < start + length && roll(0) % 1000 < StretchShare)
        {
            error = Errors[stretch(2) % (ulong)Errors.Length];
            return Allowed(new Fault((FaultKind)(1 + (stretch(3) % 3)), error), request);
        }

        var left = (int)(roll(0) % 1000);
        foreach (var (kind, share) in Shares)
        {
            if ((left -= share) < 0)
            {
                var declined = roll(2) % 2 == 0 ? StorageError.RowTooLarge : StorageError.PropertyTooLarge;
                var delay = TimeSpan.FromMilliseconds(100 + (roll(3) % 2_400));
                return Allowed(new Fault(kind, kind == FaultKind.DeclinedRow ? declined : error, delay), request);
            }
        }

        return default;
    }

    public Vanishing? VanishingAt(StorageService service, long number)
    {
        var block = VanishingBlock(service);
        var roll = Roll(service, long.MinValue + (number / block));
        var names = service switch { StorageService.Table => Tables, StorageService.Blob => Containers, _ => [StorageNames.EventQueue] };

        // Without a queue all senders get a 503, and nothing else happens: that is short.
        var longest = service == StorageService.Queue ? 1_000UL : 4_000UL;
        return number % block == (long)(roll(0) % (ulong)block)
            ? new Vanishing(names[roll(1) % (ulong)names.Length], TimeSpan.FromMilliseconds(500 + (roll(2) % longest)))
            : null;
    }

    // A fault that makes no sense for a request is none.
    private static Fault Allowed(Fault fault, StorageRequest request) => fault.Kind switch
    {
        FaultKind.DeclinedRow when request.Operation != StorageOperation.WriteRows => default,
        FaultKind.RepeatedReceive when request.Operation != StorageOperation.GetMessages => default,
        FaultKind.LostDelete when request.Operation != StorageOperation.DeleteMessage => default,
        _ => fault,
    };

    // Numbers that look random and follow from the seed (SplitMix64).
    private Func<ulong, ulong> Roll(StorageService service, long number) => index =>
    {
        var z = seed + (0x9E3779B97F4A7C15UL * ((ulong)number + 1));
        z += (0xD1B54A32D192ED03UL * ((ulong)service + 1)) + (0x8CB92BA72F3D8DD7UL * (index + 1));
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    };
}
