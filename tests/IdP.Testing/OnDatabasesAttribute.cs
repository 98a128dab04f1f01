using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;

namespace IdP.Testing;

/// <summary>Makes a fixture for each database; for a class with <see cref="OnOneDatabaseAttribute"/> on that one only. The class takes the kind in its constructor.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class OnDatabasesAttribute : NUnitAttribute, IFixtureBuilder2
{
    public IEnumerable<TestSuite> BuildFrom(ITypeInfo typeInfo) => Fixtures(typeInfo).SelectMany(fixture => fixture.BuildFrom(typeInfo));

    public IEnumerable<TestSuite> BuildFrom(ITypeInfo typeInfo, IPreFilter filter) => Fixtures(typeInfo).SelectMany(fixture => fixture.BuildFrom(typeInfo, filter));

    private static IEnumerable<TestFixtureAttribute> Fixtures(ITypeInfo type) =>
        (type.GetCustomAttributes<OnOneDatabaseAttribute>(inherit: false) is [var one, ..] ? [one.Database] : Databases.All).Select(database => new TestFixtureAttribute(database));
}

/// <summary>
/// For tests of what a browser shows and does, where the same requests are tested over HTTP on both databases: a browser that does everything twice is the slowest test there is.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class OnOneDatabaseAttribute(DatabaseKind database) : Attribute
{
    public DatabaseKind Database => database;
}
