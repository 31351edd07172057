namespace Postback.Cli.Operate;

/// <summary>A change of the write keys that is not allowed. The message says what is allowed, and never repeats a key.</summary>
internal sealed class KeyException(string message) : Exception(message);

/// <summary>What the caller of a change has seen of the key, as on a page: null where there was no key.</summary>
internal sealed record SeenKey(string? ETag);
