// Every query of infra/ is KQL that names tables, columns and functions that there are. Prints what is wrong, and how many are right.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
require('@kusto/language-service-next/bridge.js');
require('@kusto/language-service-next/Kusto.Language.Bridge.js');

const { Kusto } = globalThis;
const { DatabaseSymbol, TableSymbol } = Kusto.Language.Symbols;

// The columns that the queries may use: https://learn.microsoft.com/azure/azure-monitor/reference/tables-index and, of
// customMetrics, https://learn.microsoft.com/azure/azure-monitor/app/data-model-complete
const tables = {
  AppMetrics: 'TimeGenerated: datetime, Name: string, ItemCount: int, Sum: real, Min: real, Max: real, Properties: dynamic',
  AppRequests: 'TimeGenerated: datetime, Name: string, ItemCount: int, ResultCode: string, Success: bool, DurationMs: real',
  _LogOperation: 'TimeGenerated: datetime, Category: string, Operation: string, Level: string, Detail: string',
  customMetrics:
    'timestamp: datetime, name: string, value: real, valueCount: int, valueSum: real, valueMin: real, valueMax: real, customDimensions: dynamic',
};

// The library is compiled from C#: an overload of a constructor has a number.
const symbols = Object.entries(tables).map(([name, columns]) => new TableSymbol.$ctor7(name, `(${columns})`));
const database = new DatabaseSymbol.ctor('Postback', symbols);
const globals = Kusto.Language.GlobalState.Default.WithDatabase(database);

const infra = join(__dirname, '..', '..', 'infra');
const alerts = [...['alerts.bicep', 'audit.bicep'].map(file => readFileSync(join(infra, file), 'utf8')).join('\n').matchAll(/^ *query: '(.*)'$/gm)].map(([, query]) => query);
const workbook = JSON.parse(readFileSync(join(infra, 'workbook.json'), 'utf8')).items.flatMap(item => item.content.query ?? []);
let bad = alerts.length === 0 || workbook.length === 0 ? 1 : 0;
for (const query of [...alerts, ...workbook]) {
  const diagnostics = Kusto.Language.KustoCode.ParseAndAnalyze(query, globals).GetDiagnostics();
  for (let index = 0; index < diagnostics.Count; index++) {
    const { Message: message, Start: start } = diagnostics.getItem(index);
    console.error(`${message}\n  at ${start} of: ${query}`);
    bad++;
  }
}

console.log(`${alerts.length} queries of alerts and ${workbook.length} of the workbook, ${bad} faults`);
process.exitCode = bad === 0 ? 0 : 1;
