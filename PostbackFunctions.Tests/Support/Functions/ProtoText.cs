using System.Reflection;
using System.Text;
using Google.Protobuf.Reflection;
using Label = Google.Protobuf.Reflection.FieldDescriptorProto.Types.Label;
using Type = Google.Protobuf.Reflection.FieldDescriptorProto.Types.Type;

namespace Postback.Tests.Support.Functions;

/// <summary>
/// Writes the protocol between the Functions host and a worker as <c>.proto</c> files, from the descriptors that the package
/// Microsoft.Azure.Functions.Worker.Grpc carries. A descriptor has no comments.
/// </summary>
internal sealed class ProtoText
{
    private const string Namespace = "Postback.Tests.Support.Functions.Protocol";

    private readonly StringBuilder _text = new();
    private readonly FileDescriptorProto _file;

    private ProtoText(FileDescriptorProto file) => _file = file;

    /// <summary>The files by their path, those that ship with the compiler left out.</summary>
    public static IReadOnlyDictionary<string, string> Files()
    {
        var reflection = Assembly.Load("Microsoft.Azure.Functions.Worker.Grpc").GetTypes().Single(type => type.Name == "FunctionRpcReflection");
        var root = (FileDescriptor)reflection.GetProperty("Descriptor")!.GetValue(null)!;
        var files = new Dictionary<string, string>();
        Add(root);
        return files;

        void Add(FileDescriptor file)
        {
            if (!file.Name.StartsWith("google/", StringComparison.Ordinal) && !files.ContainsKey(file.Name))
            {
                files[file.Name] = new ProtoText(FileDescriptorProto.Parser.ParseFrom(file.SerializedData)).Write();
                file.Dependencies.ToList().ForEach(Add);
            }
        }
    }

    private string Write()
    {
        Line(0, "// Written by ProtoFileTests from the descriptor in Microsoft.Azure.Functions.Worker.Grpc (MIT). Do not edit.");
        Line(0, $"syntax = \"{_file.Syntax}\";");
        if (_file.Package.Length > 0)
        {
            Line(0, $"package {_file.Package};");
        }

        Line(0, $"option csharp_namespace = \"{Namespace}\";");
        _file.Dependency.ToList().ForEach(import => Line(0, $"import \"{import}\";"));
        _file.EnumType.ToList().ForEach(one => Write(one, 0));
        _file.MessageType.ToList().ForEach(message => Write(message, 0));
        foreach (var service in _file.Service)
        {
            Open(0, $"service {service.Name}");
            foreach (var method in service.Method)
            {
                var input = Stream(method.ClientStreaming) + Name(method.InputType);
                Line(1, $"rpc {method.Name} ({input}) returns ({Stream(method.ServerStreaming)}{Name(method.OutputType)});");
            }

            Line(0, "}");
        }

        return _text.ToString();
    }

    private void Write(DescriptorProto message, int depth)
    {
        Open(depth, $"message {message.Name}");
        message.EnumType.ToList().ForEach(one => Write(one, depth + 1));
        message.NestedType.Where(nested => nested.Options?.MapEntry != true).ToList().ForEach(nested => Write(nested, depth + 1));

        // The compiler makes a oneof of one field for each optional one.
        foreach (var field in message.Field.Where(field => !field.HasOneofIndex || field.Proto3Optional))
        {
            Line(depth + 1, Describe(field, message));
        }

        foreach (var group in message.Field.Where(field => field.HasOneofIndex && !field.Proto3Optional).GroupBy(field => field.OneofIndex))
        {
            Open(depth + 1, $"oneof {message.OneofDecl[group.Key].Name}");
            group.ToList().ForEach(field => Line(depth + 2, Describe(field, message)));
            Line(depth + 1, "}");
        }

        Line(depth, "}");
    }

    private void Write(EnumDescriptorProto one, int depth)
    {
        Open(depth, $"enum {one.Name}");
        one.Value.ToList().ForEach(value => Line(depth + 1, $"{value.Name} = {value.Number};"));
        Line(depth, "}");
    }

    private string Describe(FieldDescriptorProto field, DescriptorProto message)
    {
        var entry = message.NestedType.SingleOrDefault(
            nested => nested.Options?.MapEntry == true && field.TypeName.EndsWith($".{message.Name}.{nested.Name}", StringComparison.Ordinal));
        var type = entry is not null ? $"map<{TypeOf(entry.Field[0])}, {TypeOf(entry.Field[1])}>"
            : field.Label == Label.Repeated ? $"repeated {TypeOf(field)}"
            : field.Proto3Optional ? $"optional {TypeOf(field)}"
            : TypeOf(field);
        return $"{type} {field.Name} = {field.Number};";
    }

    private string TypeOf(FieldDescriptorProto field) =>
        field.Type is Type.Message or Type.Enum ? Name(field.TypeName) : field.Type.ToString().ToLowerInvariant();

    private string Name(string type) =>
        type.StartsWith($".{_file.Package}.", StringComparison.Ordinal) ? type[(_file.Package.Length + 2)..] : type[1..];

    private static string Stream(bool isStream) => isStream ? "stream " : "";

    private void Open(int depth, string what) => Line(depth, what + " {");

    private void Line(int depth, string line) => _text.Append(' ', depth * 2).Append(line).Append('\n');
}
