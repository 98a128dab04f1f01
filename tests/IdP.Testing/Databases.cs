namespace IdP.Testing;

/// <summary>The databases each server fixture runs on; <see cref="ServerTest"/> carries the source, so a fixture only takes the kind in its constructor.</summary>
public static class Databases
{
    public static IReadOnlyList<DatabaseKind> All { get; } = Enum.GetValues<DatabaseKind>();
}
