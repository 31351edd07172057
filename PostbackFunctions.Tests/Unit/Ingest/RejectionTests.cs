using System.Text.Json;

namespace Postback.Tests.Unit.Ingest;

public sealed class RejectionTests
{
    public static TheoryData<string, int, string> Contract => new()
    {
        { nameof(Rejection.NotFound), 404, "not_found" },
        { nameof(Rejection.MethodNotAllowed), 405, "method_not_allowed" },
        { nameof(Rejection.GetOnly), 405, "method_not_allowed" },
        { nameof(Rejection.GetOrHeadOnly), 405, "method_not_allowed" },
        { nameof(Rejection.InvalidDatabaseName), 400, "invalid_database_name" },
        { nameof(Rejection.InvalidTableName), 400, "invalid_table_name" },
        { nameof(Rejection.MissingCredentials), 403, "missing_credentials" },
        { nameof(Rejection.CredentialsInUrl), 403, "missing_credentials" },
        { nameof(Rejection.BearerCredentials), 403, "missing_credentials" },
        { nameof(Rejection.BasicCredentials), 403, "missing_credentials" },
        { nameof(Rejection.MissingUrlKey), 403, "missing_credentials" },
        { nameof(Rejection.UrlKeysOff), 404, "not_found" },
        { nameof(Rejection.PayloadTooLarge), 413, "payload_too_large" },
        { nameof(Rejection.UnsupportedContentEncoding), 415, "unsupported_content_encoding" },
        { nameof(Rejection.RequestTimeout), 408, "request_timeout" },
        { nameof(Rejection.EmptyBody), 400, "invalid_json" },
        { nameof(Rejection.FormBody), 400, "invalid_json" },
        { nameof(Rejection.NotUtf8), 400, "invalid_json" },
        { nameof(Rejection.SeveralTexts), 400, "invalid_json" },
        { nameof(Rejection.TooDeep), 400, "invalid_json" },
        { nameof(Rejection.NotGzip), 400, "invalid_json" },
        { nameof(Rejection.NotDeflate), 400, "invalid_json" },
        { nameof(Rejection.NotBrotli), 400, "invalid_json" },
        { nameof(Rejection.BrokenBody), 400, "invalid_json" },
        { nameof(Rejection.NotAnObject), 400, "not_an_object" },
        { nameof(Rejection.ArrayNotAccepted), 400, "not_an_object" },
        { nameof(Rejection.EmptyArray), 400, "not_an_object" },
        { nameof(Rejection.TooManyElements), 413, "payload_too_large" },
        { nameof(Rejection.Unavailable), 503, "unavailable" },
        { nameof(Rejection.NotReady), 503, "unavailable" },
        { nameof(Rejection.QueueNotReady), 503, "unavailable" },
        { nameof(Rejection.TablesNotReady), 503, "unavailable" },
    };

    [Theory]
    [MemberData(nameof(Contract))]
    public void A_rejection_has_the_status_and_the_code_of_the_contract(string name, int status, string code)
    {
        var rejection = Named(name);
        Assert.Equal(status, rejection.Status);
        Assert.Equal(code, rejection.Code);
    }

    [Theory]
    [MemberData(nameof(Contract))]
    public void Its_body_is_an_error_and_a_message_and_nothing_else(string name, int status, string code)
    {
        Assert.InRange(status, 400, 599);
        using var body = JsonDocument.Parse(Named(name).Body);
        Assert.Equal(["error", "message"], body.RootElement.EnumerateObject().Select(member => member.Name));
        Assert.Equal(code, body.RootElement.GetProperty("error").GetString());
        Assert.Matches("^[A-Z].*\\.$", body.RootElement.GetProperty("message").GetString());
    }

    [Fact]
    public void The_contract_above_is_all_there_is() =>
        Assert.Equal(
            typeof(Rejection).GetProperties().Where(property => property.PropertyType == typeof(Rejection)).Select(property => property.Name).Order(),
            Contract.Select(row => row.Data.Item1).Order());

    [Fact]
    public void A_rejected_method_names_the_one_that_is_allowed()
    {
        Assert.Equal("POST", Rejection.MethodNotAllowed.Allow);
        Assert.Equal("GET", Rejection.GetOnly.Allow);
        Assert.Equal("GET, HEAD", Rejection.GetOrHeadOnly.Allow);
    }

    [Theory]
    [MemberData(nameof(Contract))]
    public void Only_a_503_asks_to_try_again(string name, int status, string code)
    {
        var retryAfter = Named(name).RetryAfter;
        Assert.True(retryAfter is not null == (status == 503), code);
        Assert.True(retryAfter is null || int.Parse(retryAfter, null) > 0, code);
    }

    [Fact]
    public void A_body_that_is_not_there_in_time_closes_the_connection() => Assert.True(Rejection.RequestTimeout.CloseConnection);

    private static Rejection Named(string name) => (Rejection)typeof(Rejection).GetProperty(name)!.GetValue(null)!;
}
