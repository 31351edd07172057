using CsCheck;

namespace Postback.Tests.Unit.Keys;

public sealed class WriteKeyTests
{
    private const string Secret = "0123456789abcdef0123456789abcdef01234567";

    [Theory]
    [InlineData("1")]
    [InlineData("my_shop")]
    public void A_new_key_is_the_account_a_slash_and_40_hex_digits(string account) =>
        Assert.Matches($"^{account}/[0-9a-f]{{40}}$", WriteKey.Create(account));

    [Fact]
    public void No_two_new_keys_are_the_same() =>
        Assert.Equal(1_000, Enumerable.Range(0, 1_000).Select(_ => WriteKey.Create("1")).Distinct().Count());

    // The vectors of FIPS 180-4 and of the SHA-256 of nothing.
    [Theory]
    [InlineData("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData(
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")]
    public void The_hash_is_the_SHA256_in_lower_case_hex(string key, string hash) => Assert.Equal(hash, WriteKey.Hash(key));

    [Fact]
    public void The_longest_key_has_a_hash() => Assert.Matches("^[0-9a-f]{64}$", WriteKey.Hash(new string('k', 256)));

    [Theory]
    [InlineData("1/" + Secret, "1")]
    [InlineData("my_shop/" + Secret, "my_shop")]
    public void A_key_of_the_usual_form_names_its_account(string key, string account) => Assert.Equal(account, WriteKey.AccountOf(key));

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData(Secret)]
    [InlineData("/" + Secret)]
    [InlineData("1" + Secret)]
    [InlineData("1/" + Secret + "0")]
    [InlineData("1/0123456789abcdef")]
    [InlineData("1/0123456789abcdef0123456789abcdef0123456g")]
    [InlineData("half_of_a_secret/and_the_other_half")]
    [InlineData("a-b/" + Secret)]
    [InlineData("a/b/" + Secret)]
    [InlineData("a b/" + Secret)]
    [InlineData("\u0663/" + Secret)]
    public void Of_a_key_of_any_other_form_nothing_is_shown(string key) => Assert.Null(WriteKey.AccountOf(key));

    [Fact]
    public void An_account_of_more_than_128_characters_is_not_shown()
    {
        Assert.Equal(128, WriteKey.AccountOf(new string('a', 128) + "/" + Secret)!.Length);
        Assert.Null(WriteKey.AccountOf(new string('a', 129) + "/" + Secret));
    }

    [Fact]
    public void Whatever_a_key_looks_like_its_secret_is_never_in_what_is_shown() =>
        Gen.String[Gen.Char['!', '~'], 1, 256].Sample(
            key => Assert.True(WriteKey.AccountOf(key) is not { } account || account.Length == key.Length - 41), threads: 1);

    [Fact]
    public void A_key_is_named_by_the_first_8_digits_of_its_hash()
    {
        var key = new KeyEntry { Hash = WriteKey.Hash("abc"), Created = DateTimeOffset.UnixEpoch };
        Assert.Equal("ba7816bf", key.Id);
    }
}
