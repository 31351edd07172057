using System.Runtime.InteropServices;
using Microsoft.Extensions.Options;
using Postback.Activities;
using Postback.Keys;

namespace Postback.Store;

/// <summary>The place that a record takes in a room, in the minute in which it was admitted.</summary>
internal readonly record struct QuarantinePlace(string Room, DateTimeOffset Minute, long Bytes);

/// <summary>
/// The flood limits, in rooms by who fills them: a room for each key of the key table, one for all unknown keys on tables that have rows,
/// and one for everything else. So a stranger takes no room from a customer, and no key from another. Each room is emptied every minute.
/// The rooms are bounded by the number of keys in the key table, which only the operator writes.
/// </summary>
internal sealed class Quarantine(IOptions<PostbackOptions> options, TimeProvider time)
{
    private readonly QuarantineOptions _limits = options.Value.Quarantine;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Room> _rooms = [];
    private DateTimeOffset _minute = DateTimeOffset.MinValue;

    /// <summary>
    /// The place of the record, or of the array as one, which is kept. Null: its room is full, and it is only counted.
    /// <paramref name="isTableKnown"/> is whether its table has rows.
    /// </summary>
    public QuarantinePlace? TryAdmit(JudgedRecord judged, bool isTableKnown, long bytes) =>
        judged.Verdict != KeyVerdict.Unknown ? TryTake(judged.Record.KeyHash, _limits.KnownKey, bytes)
        : isTableKnown ? TryTake(nameof(_limits.KnownTable), _limits.KnownTable, bytes)
        : TryTake(nameof(_limits.Other), _limits.Other, bytes);

    /// <summary>Gives places back whose records could not be written: their message is redelivered, and must find its room again.</summary>
    public void Return(IEnumerable<QuarantinePlace> places)
    {
        lock (_lock)
        {
            foreach (var place in places.Where(place => place.Minute == _minute))
            {
                ref var room = ref CollectionsMarshal.GetValueRefOrAddDefault(_rooms, place.Room, out _);
                room = new Room(room.Records - 1, room.Bytes - place.Bytes);
            }
        }
    }

    private QuarantinePlace? TryTake(string name, QuarantineRoom limit, long bytes)
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            if (now - _minute >= TimeSpan.FromMinutes(1) || now < _minute)
            {
                _rooms.Clear();
                _minute = ActivityRow.MinuteOf(now);
            }

            ref var room = ref CollectionsMarshal.GetValueRefOrAddDefault(_rooms, name, out _);
            if (room.Records >= limit.RecordsPerMinute || room.Bytes + bytes > limit.BytesPerMinute)
            {
                return null;
            }

            room = new Room(room.Records + 1, room.Bytes + bytes);
            return new QuarantinePlace(name, _minute, bytes);
        }
    }

    private readonly record struct Room(int Records, long Bytes);
}
