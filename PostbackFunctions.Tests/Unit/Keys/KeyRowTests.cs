using Azure.Data.Tables;

namespace Postback.Tests.Unit.Keys;

public sealed class KeyRowTests
{
    private static readonly KeyEntry Key = new()
    {
        Hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        Label = "the web shop",
        Account = "7",
        Scopes = new KeyScopes([new KeyScope("shop", "orders"), new KeyScope("bank", "*")]),
        Created = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000),
        Expires = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000),
        Revoked = DateTimeOffset.FromUnixTimeSeconds(1_750_000_000),
    };

    [Fact]
    public void A_key_is_found_by_its_hash()
    {
        var row = Key.ToRow();
        Assert.Equal("key", row.PartitionKey);
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", row.RowKey);
    }

    [Fact]
    public void A_row_gives_back_what_is_known_of_the_key() => Assert.Equal(Key, KeyEntry.FromRow(Key.ToRow()));

    [Fact]
    public void A_key_without_an_end_has_none_in_its_row() =>
        Assert.Equal(
            Key with { Expires = null, Revoked = null },
            KeyEntry.FromRow((Key with { Expires = null, Revoked = null }).ToRow()));

    [Fact]
    public void A_row_without_a_scope_admits_nothing()
    {
        var key = KeyEntry.FromRow(new TableEntity("key", Key.Hash));
        Assert.Equal(KeyVerdict.NotAllowed, KeyVerdicts.Judge(key, KeyKind.Header, "shop", "orders", DateTimeOffset.UnixEpoch));
    }
}
