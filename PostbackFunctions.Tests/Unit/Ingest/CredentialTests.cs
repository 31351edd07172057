using System.Text;
using Microsoft.AspNetCore.Http;

namespace Postback.Tests.Unit.Ingest;

public sealed class CredentialTests
{
    private const string Key = "1/0123456789abcdef0123456789abcdef01234567";
    private const string Other = "2/76543210fedcba9876543210fedcba9876543210";

    [Theory]
    [InlineData("TD1 " + Key)]
    [InlineData("td1 " + Key)]
    [InlineData("tD1 " + Key)]
    [InlineData("TD1   " + Key)]
    public void Authorization_TD1_carries_a_key_whatever_the_case_of_the_scheme(string header) =>
        AssertKey(Key, Request(authorization: header));

    [Fact]
    public void The_write_key_header_carries_a_key() => AssertKey(Key, Request(writeKey: Key));

    [Fact]
    public void Authorization_wins_over_the_write_key_header() => AssertKey(Key, Request("TD1 " + Key, Other));

    [Theory]
    [InlineData("TD1")]
    [InlineData("TD1 ")]
    [InlineData("TD1 two words")]
    [InlineData("TD1 caf\u00e9")]
    public void An_unusable_TD1_key_wins_too_and_is_rejected(string header) => AssertMissing(Request(header, Key));

    [Theory]
    [InlineData("Bearer " + Other)]
    [InlineData("Basic dXNlcjpwYXNz")]
    [InlineData("TD10 " + Other)]
    [InlineData("TD1" + Other)]
    [InlineData("TD")]
    [InlineData("")]
    public void Authorization_of_another_scheme_leaves_it_to_the_write_key_header(string header)
    {
        AssertKey(Key, Request(header, Key));
        AssertMissing(Request(header));
    }

    [Fact]
    public void A_request_without_either_header_is_rejected() => AssertMissing(Request());

    [Theory]
    [InlineData(1)]
    [InlineData(256)]
    public void A_key_of_1_to_256_characters_is_usable(int length)
    {
        var key = new string('k', length);
        AssertKey(key, Request(authorization: "TD1 " + key));
        AssertKey(key, Request(writeKey: key));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(257)]
    public void A_key_of_no_or_more_than_256_characters_is_rejected(int length)
    {
        var key = new string('k', length);
        AssertMissing(Request(authorization: "TD1 " + key));
        AssertMissing(Request(writeKey: key));
    }

    [Theory]
    [InlineData("caf\u00e9")]
    [InlineData("two words")]
    [InlineData("two\twords")]
    [InlineData("delete\u007f")]
    [InlineData("\uff11")]
    [InlineData("null\0")]
    public void A_key_with_anything_but_visible_ASCII_is_rejected(string key)
    {
        AssertMissing(Request(authorization: "TD1 " + key));
        AssertMissing(Request(writeKey: key));
    }

    [Fact]
    public void Every_visible_ASCII_character_may_stand_in_a_key()
    {
        var key = string.Concat(Enumerable.Range('!', '~' - '!' + 1).Select(character => (char)character));
        AssertKey(key, Request(authorization: "TD1 " + key));
    }

    [Fact]
    public void Two_TD1_headers_contradict_each_other_and_are_rejected()
    {
        var request = Request(writeKey: Key);
        request.Headers.Authorization = new[] { "TD1 " + Key, "TD1 " + Other };
        AssertMissing(request);
    }

    [Fact]
    public void A_TD1_header_counts_beside_one_of_another_scheme()
    {
        var request = Request();
        request.Headers.Authorization = new[] { "Bearer " + Other, "TD1 " + Key };
        AssertKey(Key, request);
    }

    [Fact]
    public void Two_write_key_headers_are_rejected()
    {
        var request = Request();
        request.Headers["X-TD-Write-Key"] = new[] { Key, Other };
        AssertMissing(request);
    }

    [Fact]
    public void A_key_in_the_URL_never_counts_and_the_rejection_says_so()
    {
        var request = Request(query: "?td_write_key=" + Key);
        var rejection = Credential.Read(request, default, out _);
        AssertMissing(request);
        Assert.Contains("does not take td_write_key", rejection!.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, Encoding.UTF8.GetString(rejection.Body.Span), StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_in_the_URL_does_no_harm_beside_one_in_a_header() => AssertKey(Key, Request("TD1 " + Key, query: "?td_write_key=" + Other));

    [Fact]
    public void A_rejection_without_a_key_in_the_URL_names_the_two_headers_only()
    {
        var message = Credential.Read(Request(query: "?other=1"), default, out _)!.Message;
        Assert.DoesNotContain("td_write_key", message, StringComparison.Ordinal);
        Assert.Contains("Authorization: TD1", message, StringComparison.Ordinal);
        Assert.Contains("X-TD-Write-Key", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Bearer", "The write key is not taken from 'Authorization: Bearer'.")]
    [InlineData("basic", "The write key is not taken from 'Authorization: Basic'.")]
    public void A_rejection_of_another_scheme_says_which_header_takes_the_key(string scheme, string beginning)
    {
        var request = Request($"{scheme} {Key}");
        var message = Credential.Read(request, default, out _)!.Message;
        AssertMissing(request);
        Assert.StartsWith(beginning, message, StringComparison.Ordinal);
        Assert.EndsWith("Send it as 'Authorization: TD1 <key>' or 'X-TD-Write-Key: <key>'.", message, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Bearer " + Key)]
    [InlineData("bearer   " + Key)]
    [InlineData("Basic MS8wMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3", false)]
    [InlineData("Basic dXNlcjoxLzAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc=")]
    [InlineData("basic OjEvMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nw==")]
    [InlineData("Basic dXNlcg==", false)]
    [InlineData("Basic !", false)]
    [InlineData("Basic", false)]
    [InlineData("Bearer", false)]
    [InlineData("Bearer two words", false)]
    public void An_accepted_scheme_carries_a_key_of_which_Basic_has_it_as_the_password(string header, bool isUsable = true)
    {
        var both = CredentialSchemes.Read("bearer, Basic");
        AssertMissing(Request(header));
        if (isUsable)
        {
            AssertKey(Key, Request(header), both);
            AssertKey(Key, Request(header, query: "?td_write_key=" + Other), both);
        }
        else
        {
            AssertMissing(Request(header), both);
        }
    }

    [Fact]
    public void A_password_may_have_colons_and_a_key_of_256_characters()
    {
        var key = new string(':', 256);
        AssertKey(key, Request("Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes("user:" + key))), CredentialSchemes.Read("Basic"));
    }

    [Theory]
    [InlineData("Bearer", "Basic")]
    [InlineData("Basic", "Bearer")]
    public void A_scheme_counts_only_if_it_is_accepted_itself(string sent, string accepted)
    {
        var credentials = sent == "Basic" ? Convert.ToBase64String(Encoding.ASCII.GetBytes("user:" + Key)) : Key;
        AssertMissing(Request($"{sent} {credentials}"), CredentialSchemes.Read(accepted));
    }

    [Theory]
    [InlineData("Bearer " + Other)]
    [InlineData("Basic dXNlcjpwYXNz")]
    public void An_accepted_scheme_counts_only_where_no_header_of_the_contract_came(string header)
    {
        var both = CredentialSchemes.Read("Bearer,Basic");
        AssertKey(Key, Request(header, Key), both);
        AssertMissing(Request(header, "two words"), both);
        var request = Request();
        request.Headers.Authorization = new[] { header, "TD1 two words" };
        AssertMissing(request, both);
    }

    [Fact]
    public void Two_bearer_tokens_are_rejected()
    {
        var request = Request();
        request.Headers.Authorization = new[] { "Bearer " + Key, "Bearer " + Key };
        AssertMissing(request, CredentialSchemes.Read("Bearer"));
    }

    [Theory]
    [InlineData("?key=" + Key, true)]
    [InlineData("?a=1&key=1%2F0123456789abcdef0123456789abcdef01234567", true)]
    [InlineData("?key=" + Key + "&key=" + Key, false)]
    [InlineData("?key=", false)]
    [InlineData("?key=two%20words", false)]
    [InlineData("?td_write_key=" + Key, false)]
    [InlineData("", false)]
    public void A_hook_has_its_key_in_the_URL_and_nowhere_else(string query, bool isUsable)
    {
        var rejection = Credential.ReadUrl(Request("TD1 " + Other, Other, query), out var credential);

        Assert.Equal(isUsable, rejection is null);
        Assert.Equal(isUsable ? Key : "missing_credentials", isUsable ? credential.Key.ToString() : rejection!.Code);
        Assert.Equal(isUsable ? KeyKind.Url : default, isUsable ? credential.Kind : default);
    }

    [Theory]
    [InlineData(null, null, "", nameof(CredentialKind.None))]
    [InlineData("TD1", null, "?td_write_key=k", nameof(CredentialKind.Td1))]
    [InlineData("Bearer k", "", "", nameof(CredentialKind.Header))]
    [InlineData("Bearer k", null, "?td_write_key=k", nameof(CredentialKind.Url))]
    [InlineData("Bearer k", null, "?a=1", nameof(CredentialKind.Bearer))]
    [InlineData("Basic k", null, "", nameof(CredentialKind.Basic))]
    [InlineData("Digest k", null, "", nameof(CredentialKind.Other))]
    public void The_kind_of_a_credential_is_the_first_that_could_be_one(string? authorization, string? header, string query, string kind) =>
        Assert.Equal(kind, Credential.KindOf(Request(authorization, header, query)).ToString());

    private static HttpRequest Request(string? authorization = null, string? writeKey = null, string query = "")
    {
        var request = new DefaultHttpContext().Request;
        request.QueryString = new QueryString(query);
        if (authorization is not null)
        {
            request.Headers.Authorization = authorization;
        }

        if (writeKey is not null)
        {
            request.Headers["X-TD-Write-Key"] = writeKey;
        }

        return request;
    }

    private static void AssertKey(string expected, HttpRequest request, CredentialSchemes schemes = default)
    {
        Assert.Null(Credential.Read(request, schemes, out var credential));
        Assert.Equal(expected, credential.Key.ToString());
    }

    private static void AssertMissing(HttpRequest request, CredentialSchemes schemes = default)
    {
        var rejection = Credential.Read(request, schemes, out _);
        Assert.NotNull(rejection);
        Assert.Equal(403, rejection.Status);
        Assert.Equal("missing_credentials", rejection.Code);
    }
}
