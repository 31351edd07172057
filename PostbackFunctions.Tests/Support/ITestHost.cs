namespace Postback.Tests.Support;

/// <summary>A host that runs until it is disposed of.</summary>
internal interface ITestHost : IAsyncDisposable
{
    Uri Url { get; }
}
