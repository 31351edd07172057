namespace Postback.Retention;

/// <summary>The rules of retention in table storage.</summary>
internal sealed class RetentionTable(StorageAccount storage)
{
    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.RetentionTable);

    /// <summary>
    /// Every rule. A table that is missing is created, and then read: one that is missing only for moments is a fault, and never "no rules",
    /// because what is usual may remove what a rule keeps.
    /// </summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public async Task<RetentionRules> ReadAsync(CancellationToken cancellationToken)
    {
        var rules = new List<RetentionRule>();
        await _table.CreateIfMissingAsync(
            async () => rules = await _table
                .QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {RetentionRule.Partition}"), cancellationToken: cancellationToken)
                .Select(RetentionRule.FromRow).ToListAsync(cancellationToken),
            cancellationToken);
        return new RetentionRules(rules);
    }

    /// <exception cref="RequestFailedException">The table could not be written.</exception>
    public Task WriteAsync(RetentionRule rule, CancellationToken cancellationToken) => _table.CreateIfMissingAsync(
        () => _table.UpsertEntityAsync(rule.ToRow(), TableUpdateMode.Replace, cancellationToken), cancellationToken);
}
