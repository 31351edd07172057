namespace Postback.Retention;

/// <summary>Keeps work that can wait below a number of requests a minute, so that it takes little of what the account can do.</summary>
internal sealed class RequestPace(int perMinute, TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();
    private long _requests;

    /// <summary>Waits until as many requests as were made may have been made by now.</summary>
    public async Task AfterAsync(int requests, CancellationToken cancellationToken)
    {
        _requests += requests;
        var ahead = (TimeSpan.FromMinutes(1) * _requests / perMinute) - time.GetElapsedTime(_started);
        if (ahead > TimeSpan.Zero)
        {
            await Task.Delay(ahead, time, cancellationToken);
        }
    }
}
