using System.Reflection;
using System.Reflection.Emit;

namespace Cluster.UnitTests.Architecture;

/// <summary>
/// The types that a type knows: by its base, interfaces, attributes, fields, properties, signatures and, read from its
/// methods' instructions, by their locals and by what they call, create, cast and load. Constants leave no trace.
/// </summary>
internal static class TypeUses
{
    private const BindingFlags Declared =
        BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance;

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    /// <summary>Finds them.</summary>
    /// <param name="type">The type.</param>
    /// <returns>The types, some of them often.</returns>
    public static IEnumerable<Type> Of(Type type)
    {
        var uses = new List<Type?> { type.BaseType };
        uses.AddRange(type.GetInterfaces());
        uses.AddRange(AttributesOf(type));
        foreach (var field in type.GetFields(Declared))
        {
            uses.Add(field.FieldType);
            uses.AddRange(AttributesOf(field));
        }

        uses.AddRange(type.GetProperties(Declared).SelectMany(AttributesOf));
        foreach (var method in type.GetMembers(Declared).OfType<MethodBase>())
        {
            uses.AddRange(SignatureOf(method));
            uses.AddRange(AttributesOf(method));
            uses.AddRange(BodyOf(method));
        }

        return uses.SelectMany(Parts);
    }

    /// <summary>The parts of arrays, references and constructed types.</summary>
    private static IEnumerable<Type> Parts(Type? type)
    {
        if (type is null || type.IsGenericParameter)
        {
            return [];
        }

        return type.HasElementType ? Parts(type.GetElementType())
            : type.GetGenericArguments().Where(_ => type.IsConstructedGenericType).SelectMany(Parts).Append(type);
    }

    private static IEnumerable<Type?> AttributesOf(MemberInfo member) => member.GetCustomAttributesData()
        .SelectMany(attribute => attribute.ConstructorArguments.Concat(attribute.NamedArguments.Select(argument => argument.TypedValue))
            .Select(argument => argument.Value as Type)
            .Append(attribute.AttributeType));

    private static IEnumerable<Type?> SignatureOf(MethodBase method) =>
        method.GetParameters().Select(parameter => parameter.ParameterType)
            .Concat(method.IsGenericMethod ? method.GetGenericArguments() : [])
            .Append((method as MethodInfo)?.ReturnType);

    private static IEnumerable<Type?> BodyOf(MethodBase method)
    {
        if (method.GetMethodBody() is not { } body)
        {
            return [];
        }

        var typeArguments = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        return TokensOf(body.GetILAsByteArray()!)
            .SelectMany(token => UsesOf(method.Module.ResolveMember(token, typeArguments, methodArguments)))
            .Concat(body.LocalVariables.Select(local => local.LocalType))
            .Concat(body.ExceptionHandlingClauses.Where(clause => clause.Flags == ExceptionHandlingClauseOptions.Clause).Select(clause => clause.CatchType));
    }

    private static IEnumerable<Type?> UsesOf(MemberInfo? member) => member switch
    {
        Type type => [type],
        FieldInfo field => [field.DeclaringType, field.FieldType],
        MethodBase method => SignatureOf(method).Append(method.DeclaringType),
        _ => [],
    };

    private static IEnumerable<int> TokensOf(byte[] instructions)
    {
        for (var at = 0; at < instructions.Length;)
        {
            // Two-byte instructions begin with 0xFE.
            short value = instructions[at++];
            var code = OpCodesByValue[value == 0xFE ? unchecked((short)(0xFE00 | instructions[at++])) : value];
            switch (code.OperandType)
            {
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                    yield return BitConverter.ToInt32(instructions, at);
                    at += 4;
                    break;
                case OperandType.InlineSwitch:
                    at += 4 + (4 * BitConverter.ToInt32(instructions, at));
                    break;
                default:
                    at += SizeOf(code.OperandType);
                    break;
            }
        }
    }

    private static int SizeOf(OperandType operand) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        _ => 4,
    };
}
