namespace Postback.Activities;

/// <summary>What is known of a rejected request: never a byte of its body or of a credential, and of its path only the length.</summary>
internal sealed record RejectedRequest
{
    /// <summary>The code of the contract.</summary>
    public required string Code { get; init; }

    /// <summary>The check that failed, in words of the pipeline.</summary>
    public required string Why { get; init; }

    /// <summary>What the path has as the database, valid or not; null where the path is none of an event.</summary>
    public string? Database { get; init; }

    /// <summary>What the path has as the table, valid or not; null where the path is none of an event.</summary>
    public string? Table { get; init; }

    /// <summary>The length of a path that is none of an event, in characters.</summary>
    public int? PathLength { get; init; }

    public required Sender From { get; init; }

    /// <summary>The media type, without its parameters.</summary>
    public string? ContentType { get; init; }

    /// <summary>The <c>Content-Length</c>, in bytes; null where there is none.</summary>
    public long? ContentLength { get; init; }

    /// <summary>The kind of credential that came: one of a few fixed words.</summary>
    public required string Credential { get; init; }

    /// <summary>Whether it was meant to be an event: its path named a database and a table, valid or not, and it brought a credential.</summary>
    public bool IsMeant { get; init; }
}
