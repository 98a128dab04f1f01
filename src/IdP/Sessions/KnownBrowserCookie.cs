using Microsoft.AspNetCore.Http;

namespace IdP.Sessions;

/// <summary>
/// The cookie by which people are known in a browser (<see cref="KnownDevice"/>): one handle for each account that has signed in there. Each has its own,
/// so nobody who could read the browser's cookies before somebody else signed in knows that person's.
/// </summary>
public static class KnownBrowserCookie
{
    public const string Name = "idp.device";
    private const int Most = 5;
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(365);

    /// <summary>Hashes of the handles, the newest first; empty when nobody is known here.</summary>
    public static IReadOnlyList<string> Hashes(HttpContext http) => [.. Handles.ReadAll(http, Name, Most).Select(Handles.Hash)];

    public static void Add(HttpContext http, string handle) => Handles.WriteAll(http, Name, [handle, .. Handles.ReadAll(http, Name, Most - 1)], Lifetime);
}
