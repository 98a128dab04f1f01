namespace IdP.Configuration;

/// <summary>The built-in demo data: the clients of the samples and the playground, and two people.</summary>
public static class DemoConfiguration
{
    public static ReadOnlyMemory<byte> Read()
    {
        using var stream = typeof(DemoConfiguration).Assembly.GetManifestResourceStream("IdP.Configuration.demo.json")
            ?? throw new InvalidOperationException("demo.json is not embedded.");
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }
}
