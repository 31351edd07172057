using Postback.Bench;
using Postback.Cli.Commands;

// The benchmark (--help says what it takes). In reading order: Plan, Servers/, Storage/, Load/, Measures/, Report/.
return await CommandRunner.RunAsync(new BenchCommand(), args);
