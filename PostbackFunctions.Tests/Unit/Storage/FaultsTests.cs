using System.Text.Json;
using System.Xml;
using Azure;

namespace Postback.Tests.Unit.Storage;

public sealed class FaultsTests
{
    [Fact]
    public void An_answer_that_was_cut_short_is_transient()
    {
        Assert.True(Faults.IsTransient(new XmlException()));
        Assert.True(Faults.IsTransient(Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse("{\"value\":["))));
    }

    [Fact]
    public void A_declined_request_and_a_bug_are_permanent()
    {
        Assert.False(Faults.IsTransient(new RequestFailedException(400, "declined")));
        Assert.False(Faults.IsTransient(new AggregateException(new TimeoutException(), new InvalidOperationException())));
        Assert.False(Faults.IsTransient(new InvalidOperationException()));
    }
}
