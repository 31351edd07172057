namespace Postback.Tests.Support.Checker;

internal enum ViolationKind
{
    Missing,
    InTwoPlaces,
    QuarantinedAgain,
    UnderTwoIds,
    NeverSent,
    Changed,
    WithoutBody,
    BodyMayBeRemoved,
    EarlyAnswer,
    WrongPlace,
    WrongCount,
    LeftOnQueue,
    NotEnded,
}

/// <summary>
/// A promise that was not kept, whose record it is (<see cref="SentRequest.Name"/>; empty where it is not known), and what is known of it.
/// </summary>
internal sealed record Violation(ViolationKind Kind, string Of, string Id, string What);
