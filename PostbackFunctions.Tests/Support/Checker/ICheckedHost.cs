namespace Postback.Tests.Support.Checker;

/// <summary>A host of the run, on a port that it keeps, so that its senders find it again after each start.</summary>
internal interface ICheckedHost : IAsyncDisposable
{
    Uri Url { get; }

    /// <summary>Starts it. A start that fails is tried again.</summary>
    Task StartAsync();
}
