using Microsoft.AspNetCore.Http;
using Postback.Tests.Support.Checker;

namespace Postback.Tests.Unit.Support;

/// <summary>The plan of faults: a run can be made again from its seed, and has every kind of fault.</summary>
public sealed class FaultPlanTests
{
    private const int Requests = 20_000;

    private static readonly StorageRequest[] Samples =
    [
        Request(StorageService.Queue, "POST", "/account/postback-events/messages?messagettl=-1"),
        Request(StorageService.Queue, "GET", "/account/postback-events/messages?numofmessages=32"),
        Request(StorageService.Queue, "DELETE", "/account/postback-events/messages/1?popreceipt=2"),
        Request(StorageService.Table, "PUT", "/account/records(PartitionKey='a',RowKey='b')"),
        Request(StorageService.Table, "GET", "/account/writekeys()?$filter=x"),
        Request(StorageService.Blob, "PUT", "/account/bodies/2026/11/26/08/id.json"),
    ];

    [Fact]
    public void The_same_seed_gives_the_same_faults_and_another_one_others()
    {
        Assert.Equal(FaultsOf(7), FaultsOf(7));
        Assert.NotEqual(FaultsOf(7), FaultsOf(8));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(ulong.MaxValue)]
    public void Every_kind_of_fault_comes_and_most_requests_have_none(ulong seed)
    {
        var faults = FaultsOf(seed);

        Assert.Equal(Enum.GetValues<FaultKind>().Order(), faults.Select(fault => fault.Kind).Distinct().Order());
        Assert.InRange(faults.Count(fault => fault.Kind == FaultKind.None), faults.Count / 2, faults.Count * 9 / 10);
    }

    [Fact]
    public void Every_table_that_matters_vanishes()
    {
        var plan = new FaultPlan(1);
        var vanished = Enumerable.Range(0, 5 * Requests).Select(number => plan.VanishingAt(StorageService.Table, number)?.Resource).ToHashSet();

        Assert.All(["writekeys", "records", "quarantine", "deadletters", "activity"], table => Assert.Contains(table, vanished));
    }

    [Fact]
    public void A_request_says_what_it_asks_of_which_table_queue_or_container()
    {
        Assert.Equal(
            [
                StorageOperation.PutMessage, StorageOperation.GetMessages, StorageOperation.DeleteMessage,
                StorageOperation.WriteRows, StorageOperation.Read, StorageOperation.PutBlob,
            ],
            Samples.Select(sample => sample.Operation));
        string[] resources = ["postback-events", "postback-events", "postback-events", "records", "writekeys", "bodies"];
        Assert.Equal(resources, Samples.Select(sample => sample.Resource));
        Assert.Equal("2026/11/26/08/id.json", Samples[^1].Blob);
        Assert.Equal(StorageOperation.Read, Request(StorageService.Queue, "GET", "/account/postback-events/messages?peekonly=true").Operation);
        var transaction = Request(StorageService.Table, "POST", "/account/$batch", "PUT http://127.0.0.1:1/account/quarantine(PartitionKey");
        Assert.Equal("quarantine", transaction.Resource);
        Assert.Equal("writekeys", Request(StorageService.Table, "POST", "/account/Tables?$format=json", """{"TableName":"writekeys"}""").Resource);
        Assert.Equal(StorageOperation.Create, Request(StorageService.Table, "POST", "/account/Tables?$format=json", "{}").Operation);
    }

    [Fact]
    public void A_declined_row_is_declined_again_until_it_has_other_columns()
    {
        var faults = new FaultInjector(new FaultPlan(1));
        StorageRequest Row(int number, string body) =>
            Request(StorageService.Table, "PUT", $"/account/records(PartitionKey='a',RowKey='{number}')", body);

        var (row, declined) = Enumerable.Range(0, Requests).Select(number => (number, faults.Next(Row(number, """{"record":"{}","n":"1"}"""))))
            .First(one => one.Item2.Kind == FaultKind.DeclinedRow);
        faults.Stop();

        Assert.Equal(declined, faults.Next(Row(row, """{"record":"{}","n":"1"}""")));
        var line = $"PUT http://127.0.0.1:1/account/records(PartitionKey='a',RowKey='{row}')?$format=json HTTP/1.1";
        Assert.Equal(declined, faults.Next(Request(StorageService.Table, "POST", "/account/$batch", $"--x\r\n{line}\r\n\r\n{{\"n\":\"1\",\"record\":\"{{}}\"}}\r\n")));
        Assert.Equal(FaultKind.None, faults.Next(Row(row, """{"record":"{}"}""")).Kind);
        Assert.Empty(Row(row, """{"record_id":"1","record_blob":"2","received_at@odata.type":"Edm.DateTime","received_at":"3"}""").RowsWithText());
    }

    private static List<Fault> FaultsOf(ulong seed)
    {
        var plan = new FaultPlan(seed);
        return [.. Enumerable.Range(0, Requests).Select(number => plan.FaultOf(Samples[number % Samples.Length], number))];
    }

    private static StorageRequest Request(StorageService service, string method, string target, string body = "") =>
        new(service, method, target, new HeaderDictionary(), System.Text.Encoding.UTF8.GetBytes(body));
}
