using System.Reflection;
using Xunit.v3;

[assembly: Postback.Tests.Support.Functions.PlatformAnswers]

namespace Postback.Tests.Support.Functions;

/// <summary>
/// Skips, under the Functions app, the tests of what the platform answers before the app sees the request: a stand-in would prove nothing about
/// it. docs/CONTRACT.md says what the platform does instead.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class PlatformAnswersAttribute : BeforeAfterTestAttribute
{
    private const string BodyFirst = "The Functions host reads a body with a Content-Length whole before it calls the app.";

    /// <summary>The name of a test, with the argument that it is about, and what the platform does.</summary>
    internal static readonly (string Test, string Argument, string Reason)[] Skips =
    [
        ("Another_path_is_not_found", "\"/\"", "The Functions host answers / itself."),
        ("Without_a_usable_key_in_a_header_there_is_no_entry", "\u00e9", "The Functions host rejects a header that is not ASCII."),
        ("A_content_length_over_the_limit_is_rejected_before_the_body_is_read", "", BodyFirst),
        ("A_body_that_does_not_come_is_timed_out_and_the_connection_closed", "", BodyFirst),
        ("The_first_check_that_fails_answers", "bodies: 1", BodyFirst),
        ("The_first_check_that_fails_answers", "bodies: 2", BodyFirst),
        ("A_request_that_is_rejected_by_its_head_is_not_asked_for_its_body", "", BodyFirst),
    ];

    // Of openapi.yaml: a body that is cut off, stalls or is too long by its Content-Length, and a path that no function has.
    private static readonly string[] Documented =
    [
        "postPostbackAPIv2 400 invalid_json_cut_off", "postPostbackAPIv2 404 not_found",
        "postPostbackAPIv2 408 request_timeout", "postPostbackAPIv2 413 payload_too_large",
    ];

    /// <summary>Whether the platform gives a documented answer in place of the app.</summary>
    internal static bool Answers(string documented) => TestHost.IsFunctions && Documented.Contains(documented);

    /// <inheritdoc/>
    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (TestHost.IsFunctions)
        {
            foreach (var (name, argument, reason) in Skips)
            {
                Assert.SkipWhen(methodUnderTest.Name == name && test.TestDisplayName.Contains(argument, StringComparison.Ordinal), reason);
            }
        }
    }
}
