using System.Reflection;
using System.Runtime.Loader;

namespace Cluster.Loading;

/// <summary>
/// A folder beside the module's assembly whose assemblies are loaded in a context of their own, with the libraries that they bring:
/// other modules may bring another version of the same library. Thread-safe.
/// </summary>
internal sealed class LibraryLoadContext : AssemblyLoadContext
{
    private static readonly Assembly Module = typeof(LibraryLoadContext).Assembly;
    private readonly string _folder;

    private LibraryLoadContext(string name, string folder)
        : base("Cluster " + name)
    {
        _folder = folder;
    }

    /// <summary>Loads an assembly, and finds the constructor by which the module gets at what is in it.</summary>
    /// <param name="name">The folder's name; the context is called by it.</param>
    /// <param name="assembly">The assembly's name.</param>
    /// <param name="type">The full name of the type.</param>
    /// <param name="parameters">The constructor's parameters.</param>
    /// <returns>The constructor.</returns>
    /// <exception cref="IOException">The assembly is missing.</exception>
    public static ConstructorInfo Load(string name, string assembly, string type, params Type[] parameters)
    {
        var folder = Path.Combine(Path.GetDirectoryName(Module.Location)!, name);
        return new LibraryLoadContext(name, folder)
            .LoadFromAssemblyPath(Path.Combine(folder, assembly + ".dll"))
            .GetType(type, throwOnError: true)!
            .GetConstructor(parameters)!;
    }

    /// <summary>Takes what is in the folder from there, the module from where it is, and the rest from where everybody has it.</summary>
    /// <param name="assemblyName">The assembly that is wanted.</param>
    /// <returns>The assembly; null for the default context's.</returns>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (assemblyName.Name == Module.GetName().Name)
        {
            return Module;
        }

        var path = Path.Combine(_folder, assemblyName.Name + ".dll");
        return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
    }
}
