using System.Text.Json;
using Azure;
using Postback.Cli.Operate;

namespace Postback.Cli.Senders;

/// <summary>What became of one request.</summary>
/// <param name="Status">The status of the answer.</param>
/// <param name="Id">The record's id; null where the request was rejected.</param>
/// <param name="Outcome"><c>stored</c>, <c>quarantined</c>, <c>dead_lettered</c>, <c>rejected</c>, or <c>waits</c> after a minute.</param>
/// <param name="Reason">Why, where it was not stored.</param>
internal sealed record SentRecord(int Status, string? Id, string Outcome, string? Reason);

/// <summary>Sends requests to the endpoint, and follows each record to where it is then.</summary>
internal sealed class TestSends(RecordJourney journey, TimeProvider time)
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(1);

    /// <summary>Sends one request, and gives what is known then: a record that was accepted waits.</summary>
    /// <exception cref="CommandException">The endpoint does not answer.</exception>
    public static async Task<SentRecord> SendAsync(HttpClient client, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await client.SendAsync(request, cancellationToken);
            var status = (int)answer.StatusCode;
            return answer.IsSuccessStatusCode && answer.Headers.TryGetValues(EventEndpoint.RecordIdHeader, out var ids) && ids.First() is var id && RecordId.IsId(id)
                ? new SentRecord(status, id, "waits", null)
                : new SentRecord(status, null, "rejected", MessageOf(await answer.Content.ReadAsStringAsync(cancellationToken)));
        }
        catch (Exception exception) when (exception is HttpRequestException || (exception is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new CommandException($"The endpoint {request.RequestUri!.GetLeftPart(UriPartial.Authority)} does not answer: --endpoint says which one.");
        }
    }

    /// <summary>Waits until an accepted record is a row, quarantined or a dead letter, at most a minute.</summary>
    /// <exception cref="RequestFailedException">A table could not be read.</exception>
    public async Task<SentRecord> FollowAsync(SentRecord sent, string database, string table, CancellationToken cancellationToken)
    {
        for (var end = time.GetUtcNow() + MaxWait; sent.Id is { } id && time.GetUtcNow() < end; await Task.Delay(PollEvery, time, cancellationToken))
        {
            var found = await journey.FindAsync(id, [(database, table)], cancellationToken, isElsewhere: false);
            if (found.IsKnown)
            {
                return found switch
                {
                    { Stored: not null } => sent with { Outcome = "stored" },
                    { Quarantined: { } quarantined } => sent with { Outcome = "quarantined", Reason = quarantined.Reason },
                    _ => sent with { Outcome = "dead_lettered", Reason = found.DeadLettered!.Reason },
                };
            }
        }

        return sent;
    }

    // The answer of the endpoint, or of what is in front of it.
    private static string MessageOf(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.GetProperty("message").GetString() ?? "";
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return "";
        }
    }
}
