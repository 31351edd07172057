using System.Collections.Concurrent;
using System.Threading.Channels;
using Grpc.Core;
using Postback.Tests.Support.Functions.Protocol;
using Content = Postback.Tests.Support.Functions.Protocol.StreamingMessage.ContentOneofCase;

namespace Postback.Tests.Support.Functions;

/// <summary>The worker is gone, or was not there: the host fails the invocation.</summary>
internal sealed class WorkerGoneException() : Exception("There is no worker.");

/// <summary>The conversation with one worker: the host asks, and the worker answers.</summary>
/// <param name="reader">What the worker sends.</param>
/// <param name="writer">What it receives.</param>
/// <param name="log">Takes each entry of its log, as level, category and text.</param>
internal sealed class WorkerChannel(IAsyncStreamReader<StreamingMessage> reader, IServerStreamWriter<StreamingMessage> writer, Action<string> log)
{
    private readonly Channel<StreamingMessage> _sending = Channel.CreateUnbounded<StreamingMessage>(new() { SingleReader = true });
    private readonly ConcurrentDictionary<Content, TaskCompletionSource<StreamingMessage>> _answers = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<InvocationResponse>> _invocations = new();
    private volatile bool _hasEnded;

    /// <summary>Runs until the worker ends the stream or is gone.</summary>
    public async Task RunAsync()
    {
        var writing = WriteAsync();
        try
        {
            while (await reader.MoveNext(CancellationToken.None))
            {
                Receive(reader.Current);
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or InvalidOperationException)
        {
            // A worker that was killed.
        }

        _hasEnded = true;
        _sending.Writer.TryComplete();
        Fail(_invocations);
        Fail(_answers);
        await writing;
    }

    /// <summary>Sends a request, and waits for the answer of that kind.</summary>
    public async Task<StreamingMessage> AskAsync(StreamingMessage request, Content answer)
    {
        var answered = _answers[answer] = NewSource<StreamingMessage>();
        Send(request);
        return await answered.Task;
    }

    /// <summary>Invokes a function, and waits for its end.</summary>
    /// <exception cref="WorkerGoneException">The worker is gone.</exception>
    public async Task<InvocationResponse> InvokeAsync(InvocationRequest invocation)
    {
        var ended = _invocations[invocation.InvocationId] = NewSource<InvocationResponse>();
        Send(new StreamingMessage { InvocationRequest = invocation });
        if (_hasEnded)
        {
            Fail(_invocations);
        }

        return await ended.Task;
    }

    public void Send(StreamingMessage message) => _sending.Writer.TryWrite(message);

    private async Task WriteAsync()
    {
        try
        {
            await foreach (var message in _sending.Reader.ReadAllAsync())
            {
                await writer.WriteAsync(message);
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or InvalidOperationException)
        {
            // A worker that was killed.
        }
    }

    private void Receive(StreamingMessage message)
    {
        switch (message.ContentCase)
        {
            case Content.RpcLog:
                log($"{message.RpcLog.Level} {message.RpcLog.Category}: {message.RpcLog.Message} {message.RpcLog.Exception?.Message}".TrimEnd());
                break;
            case Content.InvocationResponse when _invocations.TryRemove(message.InvocationResponse.InvocationId, out var ended):
                ended.TrySetResult(message.InvocationResponse);
                break;
            default:
                if (_answers.TryRemove(message.ContentCase, out var answered))
                {
                    answered.TrySetResult(message);
                }

                break;
        }
    }

    private static TaskCompletionSource<T> NewSource<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static void Fail<TKey, T>(ConcurrentDictionary<TKey, TaskCompletionSource<T>> waiting)
        where TKey : notnull
    {
        foreach (var key in waiting.Keys)
        {
            if (waiting.TryRemove(key, out var source))
            {
                source.TrySetException(new WorkerGoneException());
            }
        }
    }
}
