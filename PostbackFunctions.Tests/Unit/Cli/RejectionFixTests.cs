using System.Reflection;

namespace Postback.Tests.Unit.Cli;

/// <summary>Each way to be rejected has a sentence that says what to change.</summary>
public sealed class RejectionFixTests
{
    private static readonly string[] NotOfEvents = [nameof(Rejection.GetOnly), nameof(Rejection.GetOrHeadOnly)];

    /// <summary>A rejection, the credential and the media type that came, and what the fix has to name.</summary>
    public static TheoryData<string, string, string, string> Fixes => new()
    {
        { nameof(Rejection.NotFound), "none", "", "POST /postback/v3/event/{database}/{table}" },
        { nameof(Rejection.MethodNotAllowed), "none", "", "the method POST" },
        { nameof(Rejection.InvalidDatabaseName), "td1", "", "the database has 1 to 128 characters" },
        { nameof(Rejection.InvalidTableName), "td1", "", "the table has 1 to 128 characters" },
        { nameof(Rejection.MissingCredentials), "none", "", "Add a header" },
        { nameof(Rejection.MissingCredentials), "td1", "", "without a usable key" },
        { nameof(Rejection.MissingCredentials), "header", "", "without a usable key" },
        { nameof(Rejection.MissingCredentials), "other", "", "no other scheme" },
        { nameof(Rejection.CredentialsInUrl), "url", "", "from the URL to a header" },
        { nameof(Rejection.BearerCredentials), "bearer", "", "set Postback:AcceptedSchemes (Postback__AcceptedSchemes) to Bearer" },
        { nameof(Rejection.BasicCredentials), "basic", "", "set Postback:AcceptedSchemes (Postback__AcceptedSchemes) to Basic" },
        { nameof(Rejection.PayloadTooLarge), "td1", "", "1,048,064 bytes" },
        { nameof(Rejection.TooManyElements), "td1", "", "10,000 elements" },
        { nameof(Rejection.UnsupportedContentEncoding), "td1", "", "gzip, deflate or br" },
        { nameof(Rejection.RequestTimeout), "td1", "", "Postback:BodyTimeout" },
        { nameof(Rejection.BrokenBody), "td1", "", "did not arrive whole" },
        { nameof(Rejection.NotGzip), "td1", "", "Content-Encoding" },
        { nameof(Rejection.NotDeflate), "td1", "", "Content-Encoding" },
        { nameof(Rejection.NotBrotli), "td1", "", "Content-Encoding" },
        { nameof(Rejection.EmptyBody), "td1", "", "send a body" },
        { nameof(Rejection.FormBody), "td1", "multipart/form-data", "Choose JSON at the sender in place of a form (multipart/form-data)" },
        { nameof(Rejection.NotUtf8), "td1", "", "Choose UTF-8" },
        { nameof(Rejection.SeveralTexts), "td1", "", "one JSON object a request" },
        { nameof(Rejection.TooDeep), "td1", "", "64 levels" },
        { nameof(Rejection.NotJson), "td1", "", "at the byte that is named" },
        { nameof(Rejection.NotAnObject), "td1", "", "one JSON object" },
        { nameof(Rejection.ArrayNotAccepted), "td1", "", "Postback:AcceptArrays" },
        { nameof(Rejection.MissingUrlKey), "url", "", "'postback keys add --url'" },
        { nameof(Rejection.UrlKeysOff), "url", "", "Postback:AcceptUrlKeys" },
        { nameof(Rejection.EmptyArray), "td1", "", "empty arrays" },
        { nameof(Rejection.ElementNotAnObject), "td1", "", "nothing but objects" },
        { nameof(Rejection.Unavailable), "td1", "", "postback status" },
        { nameof(Rejection.NotReady), "none", "", "postback status" },
        { nameof(Rejection.QueueNotReady), "none", "", "postback status" },
        { nameof(Rejection.TablesNotReady), "none", "", "postback status" },
    };

    [Theory]
    [MemberData(nameof(Fixes))]
    public void A_rejection_has_its_fix(string name, string credential, string contentType, string part)
    {
        var rejection = Named(name);
        var fix = RejectionFix.Of(rejection.Code, rejection.Why, credential, contentType.Length == 0 ? null : contentType);

        Assert.Contains(part, fix, StringComparison.Ordinal);
        Assert.Matches(@"^[A-Z].*\.$", fix);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("bearer")]
    [InlineData("basic")]
    [InlineData("url")]
    [InlineData("other")]
    [InlineData("td1")]
    public void Every_fix_of_a_credential_names_both_headers_that_take_the_key(string credential) => Assert.Contains(
        "'Authorization: TD1 <key>' or 'X-TD-Write-Key: <key>'", RejectionFix.Of("missing_credentials", "any", credential, null), StringComparison.Ordinal);

    [Theory]
    [InlineData("none")]
    [InlineData("url")]
    public void A_fix_for_a_sender_that_may_be_unable_to_set_a_header_names_the_URL_key(string credential)
    {
        var fix = RejectionFix.Of("missing_credentials", "any", credential, null);
        Assert.Contains("'postback keys add --url'", fix, StringComparison.Ordinal);
        Assert.Contains("Postback:AcceptUrlKeys", fix, StringComparison.Ordinal);
    }

    [Fact]
    public void The_row_of_all_others_says_that_it_is_one() =>
        Assert.StartsWith("Several senders or reasons", RejectionFix.Of("invalid_json", null, null, null), StringComparison.Ordinal);

    [Fact]
    public void No_rejection_of_an_event_is_without_one() => Assert.Equal(
        typeof(Rejection).GetMembers(BindingFlags.Public | BindingFlags.Static)
            .Where(member => member is PropertyInfo { PropertyType: var type } ? type == typeof(Rejection) : member is MethodInfo { IsSpecialName: false, ReturnType: var made } && made == typeof(Rejection))
            .Select(member => member.Name).Except(NotOfEvents).Order(StringComparer.Ordinal),
        Fixes.Select(row => row.Data.Item1).Distinct().Order(StringComparer.Ordinal));

    private static Rejection Named(string name) => (Rejection)(typeof(Rejection).GetProperty(name)?.GetValue(null) ?? typeof(Rejection).GetMethod(name)!.Invoke(null, [1])!);
}
