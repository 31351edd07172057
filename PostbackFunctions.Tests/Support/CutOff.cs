using Azure.Core;
using Azure.Core.Pipeline;

namespace Postback.Tests.Support;

/// <summary>Ends work before its nth request to the storage account, as a kill would: nothing is sent from then on.</summary>
internal sealed class CutOff : HttpPipelineSynchronousPolicy
{
    private int _left = int.MaxValue;

    /// <summary>Whether a request was held back.</summary>
    public bool IsReached { get; private set; }

    /// <summary>Lets so many requests through, from now on.</summary>
    public void After(int requests) => (_left, IsReached) = (requests, false);

    public override void OnSendingRequest(HttpMessage message)
    {
        if (Interlocked.Decrement(ref _left) < 0)
        {
            IsReached = true;
            throw new CutOffException();
        }
    }
}

/// <summary>Nobody catches it: it is no fault of storage.</summary>
internal sealed class CutOffException() : Exception("The work was cut off by the test.");
