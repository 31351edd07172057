namespace Postback.Keys;

/// <summary>A key was changed by someone else since it was read. Nothing was written.</summary>
internal sealed class KeyChangedException() : Exception("The key was changed meanwhile: read it again.");
