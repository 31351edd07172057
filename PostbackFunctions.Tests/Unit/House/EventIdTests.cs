using System.Reflection;
using Microsoft.Extensions.Logging;
using Postback.Cli;
using Postback.Functions;

namespace Postback.Tests.Unit.House;

/// <summary>An event's id finds the one line of code that logs it.</summary>
public sealed class EventIdTests
{
    private static readonly Assembly[] Program = [typeof(PostbackOptions).Assembly, typeof(CommandException).Assembly, typeof(EventFunction).Assembly];

    [Fact]
    public void No_two_log_messages_have_the_same_event_id()
    {
        const BindingFlags Any = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        var messages = Program.SelectMany(assembly => assembly.GetTypes()).SelectMany(type => type.GetMethods(Any))
            .Select(method => (Id: method.GetCustomAttribute<LoggerMessageAttribute>()?.EventId, Name: $"{method.DeclaringType}.{method.Name}"))
            .Where(message => message.Id is not null)
            .ToLookup(message => message.Id, message => message.Name);

        Assert.Contains(messages, message => message.Key > 0);
        var wrong = messages.Where(message => message.Key <= 0 || message.Count() > 1).Select(message => $"{message.Key}: {string.Join(", ", message)}");
        Assert.True(!wrong.Any(), string.Join('\n', wrong));
    }
}
