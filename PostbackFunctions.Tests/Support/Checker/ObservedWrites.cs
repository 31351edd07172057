using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Postback.Tests.Support.Checker;

/// <summary>When the storage account had a record, as the proxy saw it: before that no 200 may be sent.</summary>
internal sealed partial class ObservedWrites
{
    // By record: when its message was on the queue, and when its blob was written.
    private readonly ConcurrentDictionary<string, long> _messages = new();
    private readonly ConcurrentDictionary<string, long> _blobs = new();

    // The records whose message names a blob.
    private readonly ConcurrentDictionary<string, bool> _inBlob = new();

    /// <summary>By record: when both its message and the blob that the message names were there (timestamp of <see cref="Stopwatch"/>).</summary>
    public IReadOnlyDictionary<string, long> DurableAt() => _messages.ToDictionary(
        message => message.Key,
        message => _inBlob.ContainsKey(message.Key) ? Math.Max(message.Value, _blobs.GetValueOrDefault(message.Key, long.MaxValue)) : message.Value);

    /// <summary>Takes note of a request that succeeded.</summary>
    public void Add(StorageRequest request)
    {
        var now = Stopwatch.GetTimestamp();
        if (request.Operation == StorageOperation.PutBlob && request.Resource == StorageNames.BodyContainer)
        {
            _blobs.TryAdd(Path.GetFileNameWithoutExtension(request.Blob), now);
        }
        else if (request.Operation == StorageOperation.PutMessage && request.Resource == StorageNames.EventQueue)
        {
            var text = MessageTextElement().Match(System.Text.Encoding.UTF8.GetString(request.Body)).Groups["text"].Value;
            using var message = JsonDocument.Parse(MessageText.Of(Convert.FromBase64String(text)));
            foreach (var record in message.RootElement.GetProperty("records").EnumerateArray())
            {
                var id = record.GetProperty("id").GetString()!;
                _messages.TryAdd(id, now);
                if (record.TryGetProperty("blob", out _))
                {
                    _inBlob.TryAdd(id, true);
                }
            }
        }
    }

    [GeneratedRegex("<MessageText>(?<text>[^<]*)</MessageText>")]
    private static partial Regex MessageTextElement();
}
