namespace Postback.Keys;

/// <summary>Whether keys can be judged by the key table.</summary>
internal enum KeyTableState
{
    /// <summary>It has keys, or no key was ever used.</summary>
    Readable,

    /// <summary>The table does not exist.</summary>
    Missing,

    /// <summary>The table is empty, but <c>keyuse</c> has rows: its keys were lost.</summary>
    Lost,
}

/// <summary>The key table is empty, but keys were in use. A retry helps once its keys are back, so it is a fault of storage.</summary>
internal sealed class KeysLostException() : IOException("The key table is empty, but keys were in use.");
