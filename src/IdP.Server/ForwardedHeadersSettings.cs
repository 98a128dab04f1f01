using System.Net;
using IdP.Hosting;
using Microsoft.AspNetCore.HttpOverrides;

namespace IdP.Server;

/// <summary>
/// Key <c>ReverseProxy:KnownProxies</c>: addresses or networks (CIDR), comma separated, whose <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> are
/// believed. Default: none, so that nobody outside can choose the address that is logged and limited. The host is never taken from a header.
/// </summary>
internal static class ForwardedHeadersSettings
{
    public static void Apply(ForwardedHeadersOptions options, IConfiguration configuration)
    {
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        var known = configuration["ReverseProxy:KnownProxies"];
        if (string.IsNullOrWhiteSpace(known))
        {
            options.ForwardedHeaders = ForwardedHeaders.None;
            return;
        }
        options.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
        foreach (var entry in known.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (IPAddress.TryParse(entry, out var address)) options.KnownProxies.Add(address);
            else if (System.Net.IPNetwork.TryParse(entry, out var network)) options.KnownIPNetworks.Add(network);
            else throw new StartupException($"ReverseProxy:KnownProxies contains '{entry}', which is neither an address nor a network.");
        }
    }
}
