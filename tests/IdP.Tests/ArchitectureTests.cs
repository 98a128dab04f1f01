using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace IdP.Tests;

/// <summary>The rules of the house that a compiler does not check.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly Dictionary<string, string[]> AllowedReferences = new()
    {
        ["IdP.Server"] = ["IdP", "IdP.Migrations.PostgreSql", "IdP.Migrations.Sqlite", "IdP.UI"],
        ["IdP.UI"] = ["IdP", "IdP.Protocol"],
        ["IdP.Migrations.Sqlite"] = ["IdP"],
        ["IdP.Migrations.PostgreSql"] = ["IdP"],
        ["IdP"] = ["IdP.Protocol"],
        ["IdP.Protocol"] = [],
    };

    private static readonly string[] ForbiddenFolders = ["Helpers", "Utils", "Managers", "Services", "Models", "Interfaces"];

    private static IReadOnlyList<string> ProductProjects => [.. Repository.Files("src", "*.csproj"), .. Repository.Files("migrations", "*.csproj")];

    /// <summary>Without the peers that are measured against: one of them is the bare engine.</summary>
    private static IReadOnlyList<string> AllProjects => [.. Repository.Files(".", "*.csproj").Where(project => !project.StartsWith("bench/peers/", StringComparison.Ordinal))];

    [Test]
    public void Projects_reference_exactly_what_the_design_allows()
    {
        var references = ProductProjects.ToDictionary(NameOf, project => Included(project, "ProjectReference").Select(NameOf).Order(StringComparer.Ordinal).ToArray());

        Assert.That(references, Is.EquivalentTo(AllowedReferences));
    }

    [Test]
    public void Samples_know_the_provider_only_by_its_protocol()
    {
        var references = Repository.Files("samples", "*.csproj").SelectMany(project => Included(project, "ProjectReference"));

        Assert.That(references, Is.Empty);
    }

    [Test]
    public void Only_the_protocol_project_references_packages_of_the_engine()
    {
        var referencing = AllProjects.Where(project => Included(project, "PackageReference").Any(IsEngine)).Select(NameOf);

        Assert.That(referencing, Is.EqualTo((string[])["IdP.Protocol"]));
    }

    [Test]
    public void Only_the_protocol_assembly_names_a_type_of_the_engine()
    {
        var assemblies = AllProjects.Select(NameOf).Append("IdP.Tests")
            .Select(name => Path.Combine(AppContext.BaseDirectory, name + ".dll")).Where(File.Exists).Distinct().ToArray();

        var naming = assemblies.Where(assembly => ReferencesOf(assembly).Any(IsEngine)).Select(Path.GetFileNameWithoutExtension);

        Assert.That(assemblies, Has.Length.GreaterThanOrEqualTo(AllowedReferences.Count), "Not all product assemblies lie beside the tests.");
        Assert.That(naming, Is.EqualTo((string[])["IdP.Protocol"]));
    }

    [TestCaseSource(nameof(AssemblyNames))]
    public void An_assembly_uses_no_assembly_of_ours_beyond_its_references(string name)
    {
        var used = ReferencesOf(Path.Combine(AppContext.BaseDirectory, name + ".dll")).Where(reference => reference == "IdP" || reference.StartsWith("IdP.", StringComparison.Ordinal));

        Assert.That(used, Is.SubsetOf(AllowedReferences[name]));
    }

    [Test]
    public void A_namespace_equals_its_folder()
    {
        var strays = SourceFiles("src", "tests").SelectMany(file => NamespaceDeclaration().Matches(Repository.Read(file))
            .Select(declaration => declaration.Groups["name"].Value)
            .Where(name => name != string.Join('.', file.Split('/')[1..^1]))
            .Select(name => $"{file} declares {name}"));

        Assert.That(strays, Is.Empty);
    }

    [Test]
    public void Time_comes_from_the_time_provider_only()
    {
        var strays = SourceFiles("src").Where(file => SystemTime().IsMatch(Repository.Read(file)));

        Assert.That(strays, Is.Empty);
    }

    [Test]
    public void Folders_are_named_for_capabilities()
    {
        var strays = SourceFiles("src", "tests", "samples").Where(file => file.Split('/').SkipLast(1).Intersect(ForbiddenFolders).Any());

        Assert.That(strays, Is.Empty);
    }

    private static string[] AssemblyNames() => [.. AllowedReferences.Keys];

    private static IEnumerable<string> SourceFiles(params string[] folders) =>
        folders.SelectMany(folder => (string[])[.. Repository.Files(folder, "*.cs"), .. Repository.Files(folder, "*.razor")]);

    private static string NameOf(string project) => Path.GetFileNameWithoutExtension(project.Replace('\\', '/'));

    private static bool IsEngine(string name) => name.StartsWith("OpenIddict", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<string> Included(string project, string item) =>
        XDocument.Load(Repository.PathOf(project)).Descendants(item).Select(element => element.Attribute("Include")?.Value ?? "");

    private static string[] ReferencesOf(string assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        var metadata = file.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))];
    }

    [GeneratedRegex(@"^namespace\s+(?<name>[\w.]+)", RegexOptions.Multiline)]
    private static partial Regex NamespaceDeclaration();

    [GeneratedRegex(@"\bDateTime(Offset)?\.(Now|UtcNow|Today)\b")]
    private static partial Regex SystemTime();
}
