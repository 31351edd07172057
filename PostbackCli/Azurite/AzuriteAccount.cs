using System.Globalization;
using System.Security.Cryptography;

namespace Postback.Cli.Azurite;

/// <summary>An account of an Azurite. Not a record: its text would have the key.</summary>
internal sealed class AzuriteAccount(string name, string key)
{
    // The Shared Key algorithm is HMAC-SHA256: Azure's own keys have 64 bytes.
    private const int KeyBytes = 64;

    /// <summary>The account that every Azurite has by itself. Microsoft published its key: it is not a secret.</summary>
    public static readonly AzuriteAccount WellKnown = new(
        "devstoreaccount1", "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==");

    /// <summary>What Azurite's environment variable <c>AZURITE_ACCOUNTS</c> takes. Azurite has no other account then.</summary>
    public string Setting => $"{name}:{key}";

    /// <summary>An account with a random key.</summary>
    public static AzuriteAccount Create() => new("postback", Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes)));

    public string ConnectionStringOf((int Blob, int Queue, int Table) ports) => string.Create(
        CultureInfo.InvariantCulture,
        $"DefaultEndpointsProtocol=http;AccountName={name};AccountKey={key};"
        + $"BlobEndpoint=http://127.0.0.1:{ports.Blob}/{name};QueueEndpoint=http://127.0.0.1:{ports.Queue}/{name};"
        + $"TableEndpoint=http://127.0.0.1:{ports.Table}/{name};");
}
