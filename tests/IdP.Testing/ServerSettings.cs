using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace IdP.Testing;

/// <summary>What is particular about a server under test; everything else is as an operator would find it.</summary>
public sealed record ServerSettings(DatabaseKind Database)
{
    /// <summary>The configuration file that is applied at start; null applies none.</summary>
    public string? Configuration { get; init; } = TestConfiguration.Default;

    /// <summary>More settings, with the names of <c>appsettings.json</c> (<c>Section:Key</c>). They win over the harness's own.</summary>
    public IReadOnlyDictionary<string, string> More { get; init; } = new Dictionary<string, string>();

    /// <summary>Replacements in the container, for what we do not own (mail, the way out).</summary>
    public Action<WebApplicationBuilder>? Configure { get; init; }

    /// <summary>The level the operator asked for; the server itself may refuse to log more than it should.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;
}
