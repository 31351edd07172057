using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.Azure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Postback.Storage;

/// <summary>A setting is missing or wrong. The message is a sentence that names it and says what to do.</summary>
public sealed class SettingException(string message, Exception? inner = null) : Exception(message, inner)
{
    // Runs a binder, whose message names the setting that it failed on.
    internal static void Explain(Action bind)
    {
        try
        {
            bind();
        }
        catch (InvalidOperationException exception)
        {
            throw new SettingException(exception.Message, exception);
        }
    }
}

/// <summary>
/// The storage account's clients, from the setting <c>PostbackStorage</c>: a connection string, or a section with <c>accountName</c> or
/// <c>queueServiceUri</c>, <c>tableServiceUri</c> and <c>blobServiceUri</c>, and with <c>credential</c> and <c>clientId</c> of a managed identity.
/// The queue trigger's <c>Connection</c> reads the same section.
/// </summary>
public sealed class StorageAccount
{
    /// <summary>The name of the setting.</summary>
    public const string Setting = "PostbackStorage";

    /// <summary>The connection string of a local Azurite on its usual ports.</summary>
    public const string Development = "UseDevelopmentStorage=true";

    // One try must be able to fail and be made again within the time that a request has.
    private const double IngestTries = 2.1;

    private readonly string? _connection;
    private readonly IConfigurationSection _section;
    private readonly Lazy<TokenCredential> _credential;

    /// <summary>Reads the setting. No request is made here. Each of <paramref name="policies"/> sees every request.</summary>
    /// <exception cref="SettingException">The setting is missing, or names no account.</exception>
    public StorageAccount(
        IConfiguration configuration, AzureComponentFactory factory, IOptions<PostbackOptions> options, params IEnumerable<HttpPipelinePolicy> policies)
    {
        // Ingest tries often and soon, since a sender waits; the store has time for a service that is busy.
        var hurried = new RetrySettings(4, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1), options.Value.EnqueueTimeout / IngestTries);
        var patient = new RetrySettings(2, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(2), options.Value.StoreTimeout);
        _section = configuration.GetSection(Setting);
        _connection = string.IsNullOrWhiteSpace(_section.Value) ? null : _section.Value;
        _credential = new Lazy<TokenCredential>(() => factory.CreateTokenCredential(_section));
        try
        {
            Queues = Queue(With(new QueueClientOptions { MessageEncoding = QueueMessageEncoding.None }, patient, policies));
            IngestQueue = Queue(With(new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 }, hurried, policies))
                .GetQueueClient(StorageNames.EventQueue);
            Tables = Table(With(new TableClientOptions(), patient, policies));
            Blobs = Blob(With(new BlobClientOptions(), patient, policies));
            IngestBlobs = Blob(With(new BlobClientOptions(), hurried, policies));
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or InvalidOperationException)
        {
            // Not the exception's own message: it may quote the connection string.
            throw new SettingException(
                $"The setting {Setting} is not a connection string: give one, or {Setting}__accountName for an account by name.");
        }
    }

    /// <summary>Whether this is the local development storage, by the setting's own words.</summary>
    public bool IsDevelopment => IsDevelopmentText(_connection);

    /// <summary>The queue that ingest writes to: Base64, and timeouts that leave room for a second try within a request's time.</summary>
    public QueueClient IngestQueue { get; }

    /// <summary>The queues as the store reads them: message texts as they are, since one that is not Base64 would spoil a decoding receive.</summary>
    public QueueServiceClient Queues { get; }

    /// <summary>The tables.</summary>
    public TableServiceClient Tables { get; }

    /// <summary>The blobs as the store reads and writes them.</summary>
    public BlobServiceClient Blobs { get; }

    /// <summary>The blobs as ingest writes them, in the same hurry as <see cref="IngestQueue"/>.</summary>
    public BlobServiceClient IngestBlobs { get; }

    /// <summary>Whether the setting names the local development storage.</summary>
    public static bool IsDevelopmentSetting(IConfiguration configuration) => IsDevelopmentText(configuration[Setting]);

    private static bool IsDevelopmentText(string? connection) =>
        connection?.Trim().TrimEnd(';').Equals(Development, StringComparison.OrdinalIgnoreCase) == true;

    private QueueServiceClient Queue(QueueClientOptions options) => _connection is not null
        ? new QueueServiceClient(_connection, options)
        : new QueueServiceClient(Endpoint("queue"), _credential.Value, options);

    private TableServiceClient Table(TableClientOptions options) => _connection is not null
        ? new TableServiceClient(_connection, options)
        : new TableServiceClient(Endpoint("table"), _credential.Value, options);

    private BlobServiceClient Blob(BlobClientOptions options) => _connection is not null
        ? new BlobServiceClient(_connection, options)
        : new BlobServiceClient(Endpoint("blob"), _credential.Value, options);

    private Uri Endpoint(string service)
    {
        if (_section[$"{service}ServiceUri"] is { Length: > 0 } uri)
        {
            return Uri.TryCreate(uri, UriKind.Absolute, out var parsed)
                ? parsed
                : throw new SettingException($"The setting {Setting}__{service}ServiceUri is not an absolute URI.");
        }

        return _section["accountName"] is { Length: > 0 } account && account.All(char.IsAsciiLetterOrDigit)
            ? new Uri($"https://{account}.{service}.core.windows.net")
            : throw new SettingException(
                $"The storage account is not set: give {Setting} a connection string, or set {Setting}__accountName or {Setting}__{service}ServiceUri.");
    }

    private static T With<T>(T options, RetrySettings retry, IEnumerable<HttpPipelinePolicy> policies)
        where T : ClientOptions
    {
        options.Retry.Mode = RetryMode.Exponential;
        options.Retry.MaxRetries = retry.Most;
        options.Retry.Delay = retry.Delay;
        options.Retry.MaxDelay = retry.MaxDelay;
        options.Retry.NetworkTimeout = retry.OneTry;

        // The clients' own logs name account, table and row: nothing that they say is needed, and a body must never be among it.
        options.Diagnostics.IsLoggingContentEnabled = false;
        options.Diagnostics.IsLoggingEnabled = false;
        options.Diagnostics.IsTelemetryEnabled = false;
        foreach (var policy in policies)
        {
            options.AddPolicy(policy, HttpPipelinePosition.PerCall);
        }

        return options;
    }

    private readonly record struct RetrySettings(int Most, TimeSpan Delay, TimeSpan MaxDelay, TimeSpan OneTry);
}
