using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;

namespace IdP.Devices;

/// <summary>A request as it was shown to one person in one session: only they can answer it, and only this one.</summary>
public sealed record ShownDevice(Guid UserId, Guid SessionId, Guid RequestId, string Code);

/// <summary>What the browser carries between the pages of the device journey, sealed and short-lived.</summary>
public sealed class DeviceTicket(IDataProtectionProvider protection, TimeProvider clock)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);
    private readonly IDataProtector _typed = protection.CreateProtector("IdP.Device.Typed");
    private readonly IDataProtector _shown = protection.CreateProtector("IdP.Device.Shown");

    /// <summary>A code that was typed on the page, on its way over the sign-in: addresses end in logs and histories, so it does not stand there in clear.</summary>
    public string SealTyped(string code) => Seal(_typed, code);

    public string? OpenTyped(string? ticket) => Open<string>(_typed, ticket);

    public string SealShown(ShownDevice shown) => Seal(_shown, shown);

    public ShownDevice? OpenShown(string? ticket) => Open<ShownDevice>(_shown, ticket);

    private string Seal<T>(IDataProtector protector, T content) => protector.Protect(JsonSerializer.Serialize(new Sealed<T>(clock.GetUtcNow(), content)));

    private T? Open<T>(IDataProtector protector, string? ticket) where T : class
    {
        if (string.IsNullOrEmpty(ticket)) return null;
        try
        {
            var opened = JsonSerializer.Deserialize<Sealed<T>>(protector.Unprotect(ticket))!; // what was sealed above
            return clock.GetUtcNow() - opened.At < Lifetime ? opened.Content : null;
        }
        catch (CryptographicException)
        {
            return null; // not ours: the page begins anew
        }
    }

    private sealed record Sealed<T>(DateTimeOffset At, T Content);
}
