using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.Azure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Postback.Storage;

/// <summary>A setting is missing or wrong. The message names the setting and says how to correct it.</summary>
public sealed class SettingException(string message, Exception? inner = null) : Exception(message, inner)
{
    // Runs a configuration binder. Its exception's message names the setting.
    internal static void Explain(Action bind)
    {
        try
        {
            bind();
        }
        catch (InvalidOperationException exception)
        {
            // The binder's sentence of an unknown setting names its own option and a class.
            const string unknown = "'ErrorOnUnknownConfiguration'";
            throw new SettingException(
                exception.Message.StartsWith(unknown, StringComparison.Ordinal)
                    ? $"There is no setting {exception.Message[(exception.Message.LastIndexOf(": ", StringComparison.Ordinal) + 2)..]}: docs/SETTINGS.md has the names."
                    : exception.Message,
                exception);
        }
    }
}

/// <summary>
/// The storage account's clients, from the setting <c>PostbackStorage</c>: a connection string, or a section with <c>accountName</c> or
/// <c>queueServiceUri</c>, <c>tableServiceUri</c> and <c>blobServiceUri</c>, and with <c>credential</c> and <c>clientId</c> of a
/// managed identity. The queue trigger's <c>Connection</c> reads the same section.
/// </summary>
internal sealed class StorageAccount
{
    public const string Development = "UseDevelopmentStorage=true";

    // A first try must be able to time out and leave time for a second one within the time of a request.
    private const double IngestTries = 2.1;

    private readonly string? _connection;
    private readonly IConfigurationSection _section;
    private readonly Lazy<TokenCredential> _credential;

    /// <summary>Reads the setting and sends no request. All clients use the <paramref name="policies"/>.</summary>
    /// <exception cref="SettingException">The setting is missing or does not name an account.</exception>
    public StorageAccount(
        IConfiguration configuration, AzureComponentFactory factory, IOptions<PostbackOptions> options, params IEnumerable<HttpPipelinePolicy> policies)
    {
        // Ingest retries soon and often, because a sender waits. The store can wait longer for a busy service.
        var hurried = new RetrySettings(4, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1), options.Value.EnqueueTimeout / IngestTries);
        var patient = new RetrySettings(2, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(2), options.Value.StoreTimeout);
        _section = configuration.GetSection(StorageNames.Setting);
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
            // The exception's message is dropped: it may quote the connection string.
            throw new SettingException(
                $"The setting {StorageNames.Setting} is not a connection string: give one, or {StorageNames.Setting}__accountName for an account by name.");
        }
    }

    /// <summary>The queue that ingest writes to. Encodes Base64; retries within the time of a request.</summary>
    public QueueClient IngestQueue { get; }

    /// <summary>The queues that the store reads. No Base64 decoding: one wrong message would fail the whole receive.</summary>
    public QueueServiceClient Queues { get; }

    public TableServiceClient Tables { get; }

    public BlobServiceClient Blobs { get; }

    /// <summary>The blobs that ingest writes, with the timeouts of <see cref="IngestQueue"/>.</summary>
    public BlobServiceClient IngestBlobs { get; }

    public static bool IsDevelopmentSetting(IConfiguration configuration) =>
        configuration[StorageNames.Setting]?.Trim().TrimEnd(';').Equals(Development, StringComparison.OrdinalIgnoreCase) == true;

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
                : throw new SettingException($"The setting {StorageNames.Setting}__{service}ServiceUri is not an absolute URI.");
        }

        return _section["accountName"] is { Length: > 0 } account && account.All(char.IsAsciiLetterOrDigit)
            ? new Uri($"https://{account}.{service}.core.windows.net")
            : throw new SettingException(
                $"The storage account is not set: give {StorageNames.Setting} a connection string, or set {StorageNames.Setting}__accountName or {StorageNames.Setting}__{service}ServiceUri.");
    }

    private static T With<T>(T options, RetrySettings retry, IEnumerable<HttpPipelinePolicy> policies)
        where T : ClientOptions
    {
        options.Retry.Mode = RetryMode.Exponential;
        options.Retry.MaxRetries = retry.Max;
        options.Retry.Delay = retry.Delay;
        options.Retry.MaxDelay = retry.MaxDelay;
        options.Retry.NetworkTimeout = retry.OneTry;

        // The clients' logs name account, table and row and could quote a body. Nothing needs them.
        options.Diagnostics.IsLoggingContentEnabled = false;
        options.Diagnostics.IsLoggingEnabled = false;
        options.Diagnostics.IsTelemetryEnabled = false;
        foreach (var policy in policies)
        {
            options.AddPolicy(policy, HttpPipelinePosition.PerCall);
        }

        return options;
    }

    private readonly record struct RetrySettings(int Max, TimeSpan Delay, TimeSpan MaxDelay, TimeSpan OneTry);
}
