namespace Postback.Tests.Support;

/// <summary>Settings of the flood limits that are the same for every room.</summary>
internal static class FloodLimits
{
    public static (string Name, string Value)[] Records(int perMinute) => Of(nameof(QuarantineRoom.RecordsPerMinute), perMinute);

    public static (string Name, string Value)[] Bytes(long perMinute) => Of(nameof(QuarantineRoom.BytesPerMinute), perMinute);

    private static (string Name, string Value)[] Of(string limit, long perMinute) =>
    [
        .. new[] { nameof(QuarantineOptions.KnownKey), nameof(QuarantineOptions.KnownTable), nameof(QuarantineOptions.Other) }
            .Select(room => ($"{PostbackOptions.Section}:{nameof(PostbackOptions.Quarantine)}:{room}:{limit}", $"{perMinute}")),
    ];
}
