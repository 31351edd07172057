using System.Collections.Concurrent;
using System.Text;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Postback.Tests.Unit.Enqueue;

/// <summary>How waiting records come together, with sends that a test lets go one by one.</summary>
public sealed class GroupCommitTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    private readonly FakeTimeProvider _time = new();
    private readonly Sends _sends = new();
    private readonly GroupCommit _group;

    public GroupCommitTests() => _group = new GroupCommit(_sends.SendAsync, Timeout, _time);

    [Fact]
    public async Task An_idle_one_sends_at_once()
    {
        var stored = Add("1");

        var send = Assert.Single(_sends.All);
        Assert.Equal("""{"v":1,"records":["1"]}""", send.Text);
        Assert.False(stored.IsCompleted);
        send.Succeed();
        await stored;
    }

    [Fact]
    public async Task What_arrives_while_two_are_on_their_way_goes_out_together()
    {
        var first = Add("1");
        var second = Add("2");
        Task[] waiting = [Add("3"), Add("4"), Add("5")];
        Assert.Equal(2, _sends.All.Count);

        _sends.All[0].Succeed();
        await first;
        await Eventually.HoldsAsync(() => Task.FromResult(_sends.All.Count == 3));

        Assert.Equal("""{"v":1,"records":["3","4","5"]}""", _sends.All[2].Text);
        Assert.False(second.IsCompleted);
        _sends.All[2].Succeed();
        await Task.WhenAll(waiting);
    }

    [Fact]
    public async Task A_slow_send_stalls_nobody_else()
    {
        var slow = Add("slow");
        for (var number = 0; number < 5; number++)
        {
            var stored = Add($"{number}");
            await Eventually.HoldsAsync(() => Task.FromResult(_sends.All.Count == number + 2));
            _sends.All[number + 1].Succeed();
            await stored;
        }

        Assert.False(slow.IsCompleted);
    }

    [Fact]
    public async Task Under_pressure_a_message_waits_for_the_one_before_it()
    {
        await PressAsync();
        var onItsWay = AddMany("a", "b", "c");
        Assert.Equal("""{"v":1,"records":["a","b","c"]}""", _sends.All[^1].Text);
        var next = AddMany("1", "2", "3", "4", "5");
        var before = _sends.All.Count;

        _sends.All[^1].Succeed();
        await onItsWay;
        await Eventually.HoldsAsync(() => Task.FromResult(_sends.All.Count == before + 1));

        Assert.Equal("""{"v":1,"records":["1","2","3","4","5"]}""", _sends.All[^1].Text);
        _sends.All[^1].Succeed();
        await next;
    }

    [Fact]
    public async Task Under_pressure_a_message_waits_until_three_of_four_senders_just_answered_have_sent_again()
    {
        await PressAsync();
        var before = _sends.All.Count;

        var two = AddMany("1", "2");
        Assert.Equal(before, _sends.All.Count);
        var third = Add("3");

        Assert.Equal(before + 1, _sends.All.Count);
        Assert.Equal("""{"v":1,"records":["1","2","3"]}""", _sends.All[^1].Text);
        _sends.All[^1].Succeed();
        await Task.WhenAll(two, third);
    }

    [Fact]
    public async Task If_they_do_not_send_again_a_message_waits_for_20_ms_and_no_longer()
    {
        await PressAsync();
        await IsHeldFor20MsAsync();
    }

    [Fact]
    public async Task A_tenth_of_a_second_after_the_pressure_a_message_goes_out_at_once()
    {
        await PressAsync();
        _time.Advance(TimeSpan.FromMilliseconds(100));
        var before = _sends.All.Count;

        var stored = Add("1");

        Assert.Equal(before + 1, _sends.All.Count);
        _sends.All[^1].Succeed();
        await stored;
    }

    [Fact]
    public async Task Under_pressure_a_slow_send_holds_the_next_message_up_for_20_ms_and_no_longer()
    {
        await PressAsync();
        var slow = AddMany("a", "b", "c");
        await IsHeldFor20MsAsync();
        Assert.False(slow.IsCompleted);
    }

    [Fact]
    public async Task Who_waited_holds_no_other_message_up()
    {
        using var release = new ManualResetEventSlim();
        var first = BlockAsync(Add("1"));
        var second = Add("2");
        var third = Add("3");

        _sends.All[0].Succeed();
        await Eventually.HoldsAsync(() => Task.FromResult(_sends.All.Count == 3));

        _sends.All[1].Succeed();
        _sends.All[2].Succeed();
        await Task.WhenAll(second, third);
        release.Set();
        await first;

        async Task BlockAsync(Task stored)
        {
            await stored;
            release.Wait();
        }
    }

    [Fact]
    public async Task A_failed_send_fails_exactly_its_own_records()
    {
        var first = Add("1");
        var second = Add("2");
        Task[] together = [Add("3"), Add("4")];

        _sends.All[0].Fail();
        await Assert.ThrowsAsync<IOException>(() => first);
        await Eventually.HoldsAsync(() => Task.FromResult(_sends.All.Count == 3));
        _sends.All[2].Fail();
        foreach (var record in together)
        {
            await Assert.ThrowsAsync<IOException>(() => record);
        }

        Assert.False(second.IsCompleted);
        _sends.All[1].Succeed();
        await second;
    }

    [Fact]
    public async Task A_full_message_does_not_wait_for_a_slow_one()
    {
        _ = Add("slow");
        _ = Add("slow too");

        // Three fill a message: one more begins the next.
        var full = Enumerable.Range(0, 3).Select(_ => Add(new string('x', 20_000))).ToList();
        _ = Add(new string('x', 20_000));
        await Eventually.HoldsAsync(() => Task.FromResult(_sends.All.Count == 3));

        Assert.Equal(3, RecordsOf(_sends.All[2].Text).Count);
        _sends.All[2].Succeed();
        await Task.WhenAll(full);
    }

    [Fact]
    public async Task A_send_is_given_up_when_its_first_record_has_waited_long_enough()
    {
        var stored = Add("1");

        _time.Advance(Timeout - TimeSpan.FromMilliseconds(1));
        Assert.False(stored.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stored);
    }

    [Fact]
    public async Task What_waited_behind_a_frozen_queue_ends_in_its_own_time()
    {
        Task[] first = [Add("1"), Add("2")];
        _time.Advance(TimeSpan.FromSeconds(2));
        var behind = Add("3");

        _time.Advance(TimeSpan.FromSeconds(1));
        foreach (var record in first)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => record);
        }

        await Eventually.HoldsAsync(() => Task.FromResult(_sends.All.Count == 3));
        Assert.False(behind.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(2));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => behind);
    }

    [Fact]
    public void A_record_that_fits_no_message_is_an_error() =>
        Assert.Throws<ArgumentException>(() => { _ = Add(new string('x', MessageWriter.MaxRecordBytes - 1)); });

    [Fact]
    public void Behind_records_that_wait_a_record_that_fits_no_message_is_an_error_too()
    {
        _ = Add("first");
        _ = Add("second");
        _ = Add("beside");

        Assert.Throws<ArgumentException>(() => { _ = Add(new string('x', MessageWriter.MaxRecordBytes - 1)); });
    }

    [Fact]
    public async Task Records_that_are_alike_go_out_together_up_to_64_KiB()
    {
        Task[] ahead = [Add("1"), Add("2")];
        var alike = Enumerable.Range(0, 500).Select(number => Add($"{number}:{new string('x', 100)}")).ToList();
        Assert.Equal(2, _sends.All.Count);

        _sends.All[1].Succeed();
        await Eventually.HoldsAsync(() => Task.FromResult(_sends.All.Count == 3));
        Assert.InRange(_sends.All[^1].Bytes, 1, 49_152);
        Assert.Equal(500, RecordsOf(_sends.All[^1].Text).Count);
        _sends.All[^1].Succeed();
        await Task.WhenAll(alike);
        _sends.All[0].Succeed();
        await Task.WhenAll(ahead);
    }

    [Fact]
    public async Task Records_that_do_not_compress_into_one_message_go_out_as_halves_and_each_waits_for_all()
    {
        _ = Add("1");
        _ = Add("2");
        var unlike = Enumerable.Range(0, 6).Select(_ => Add(RandomText(10_000))).ToList();
        Assert.Equal(2, _sends.All.Count);

        _sends.All[1].Succeed();
        await Eventually.HoldsAsync(() => Task.FromResult(_sends.All.Count == 2 + 2));
        var parts = _sends.All.Skip(2).ToList();
        Assert.All(parts, part => Assert.InRange(part.Bytes, 1, 49_152));
        Assert.Equal(6, parts.SelectMany(part => RecordsOf(part.Text)).Distinct().Count());
        parts.Skip(1).ToList().ForEach(part => part.Succeed());
        Assert.All(unlike, record => Assert.False(record.IsCompleted));
        parts[0].Succeed();
        await Task.WhenAll(unlike);
    }

    [Fact]
    public async Task The_largest_record_has_a_message_to_itself()
    {
        var stored = Add(RandomText(MessageWriter.MaxRecordBytes - 2));

        Assert.Equal(49_152, _sends.All[0].Text.Length);
        _sends.All[0].Succeed();
        await stored;
    }

    [Fact]
    public async Task Every_record_is_in_exactly_one_message_and_no_message_is_too_large() =>
        await Gen.Int[1, 30_000].Array[1, 60].SampleAsync(async sizes =>
        {
            var messages = new ConcurrentQueue<string>();
            var group = new GroupCommit(
                async (message, _) =>
                {
                    Assert.InRange(message.Bytes.Length, 1, 49_152);
                    messages.Enqueue(MessageText.Of(message.Bytes));
                    await Task.Yield();
                },
                Timeout,
                TimeProvider.System);

            await Task.WhenAll(sizes.Select((size, index) => Task.Run(() => group.AddAsync(Encoding.UTF8.GetBytes($"\"{index}:{new string('x', size)}\"")))));

            var records = messages.SelectMany(RecordsOf);
            Assert.Equal(
                sizes.Select((size, index) => $"{index}:{size}").Order(),
                records.Select(record => record.Split(':')).Select(parts => $"{parts[0]}:{parts[1].Length}").Order());
        }, iter: 50);

    // Four records that went out together: many are waiting.
    private async Task PressAsync()
    {
        Task[] records = [Add("a"), Add("b"), .. Enumerable.Range(0, 4).Select(number => Add($"{number}"))];
        _sends.All[0].Succeed();
        _sends.All[1].Succeed();
        await Eventually.HoldsAsync(() => Task.FromResult(_sends.All.Count == 3));
        _sends.All[2].Succeed();
        await Task.WhenAll(records);
        Assert.True(_group.IsUnderPressure);
    }

    // One record more: it goes out after 20 ms, and not before.
    private async Task IsHeldFor20MsAsync()
    {
        var stored = Add("1");
        var before = _sends.All.Count;

        _time.Advance(TimeSpan.FromMilliseconds(19));
        Assert.Equal(before, _sends.All.Count);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(before + 1, _sends.All.Count);
        _sends.All[^1].Succeed();
        await stored;
    }

    private static List<string> RecordsOf(string message)
    {
        using var json = System.Text.Json.JsonDocument.Parse(message);
        return [.. json.RootElement.GetProperty("records").EnumerateArray().Select(record => record.GetString()!)];
    }

    // Letters and digits at random: three quarters of their bytes are left of them.
    private static string RandomText(int length) =>
        System.Security.Cryptography.RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", length);

    private Task AddMany(params IEnumerable<string> texts) => Task.WhenAll(texts.Select(Add).ToList());

    private Task Add(string text) => _group.AddAsync(Encoding.UTF8.GetBytes($"\"{text}\""));

    private sealed class Sends
    {
        public List<Send> All { get; } = [];

        public Task SendAsync(OutgoingMessage message, CancellationToken cancellationToken)
        {
            var send = new Send(MessageText.Of(message.Bytes), message.Bytes.Length);
            lock (All)
            {
                All.Add(send);
            }

            return send.WaitAsync(cancellationToken);
        }
    }

    private sealed class Send(string text, int bytes)
    {
        private readonly TaskCompletionSource _done = new();

        public string Text => text;

        public int Bytes => bytes;

        public void Succeed() => _done.SetResult();

        public void Fail() => _done.SetException(new IOException());

        public Task WaitAsync(CancellationToken cancellationToken) => _done.Task.WaitAsync(cancellationToken);
    }
}
