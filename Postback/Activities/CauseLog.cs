using Microsoft.Extensions.Logging;

namespace Postback.Activities;

/// <summary>Logs one line for each cause and minute: a flood must not make a line for each record.</summary>
internal sealed partial class CauseLog(ILogger logger)
{
    public void Quarantined(CauseName cause)
    {
        if (cause == CauseName.Other)
        {
            LogOthersQuarantined();
        }
        else
        {
            LogQuarantined(cause.Reason, cause.Key, cause.Database, cause.Table);
        }
    }

    [LoggerMessage(5004, LogLevel.Warning, "Records are quarantined: {Reason}, key {Key}, {Database}.{Table}. Logged once a minute")]
    private partial void LogQuarantined(string reason, string key, string database, string table);

    [LoggerMessage(5005, LogLevel.Warning, "Records of other keys or tables are quarantined. Logged once a minute")]
    private partial void LogOthersQuarantined();
}
