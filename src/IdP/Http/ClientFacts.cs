using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace IdP.Http;

/// <summary>What is written down about the program at the other end.</summary>
internal static class ClientFacts
{
    private const int MaxUserAgent = 300;

    /// <summary>The user agent, cut to what the tables hold; never in the middle of a character, which a database would refuse.</summary>
    public static string? UserAgent(this HttpContext http)
    {
        var agent = http.Request.Headers.UserAgent.ToString();
        if (agent.Length == 0) return null;
        if (agent.Length <= MaxUserAgent) return agent;
        return agent[..(char.IsHighSurrogate(agent[MaxUserAgent - 1]) ? MaxUserAgent - 1 : MaxUserAgent)];
    }

    public static string TraceId(this HttpContext http) => Activity.Current?.TraceId.ToString() ?? http.TraceIdentifier;
}
