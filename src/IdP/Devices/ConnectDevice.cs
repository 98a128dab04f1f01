using System.Net;
using IdP.Assignments;
using IdP.Audit;
using IdP.Consents;
using IdP.Policies;
using IdP.Protocol.Clients;
using IdP.Protocol.Device;
using IdP.Sessions;
using IdP.SignIn;
using Microsoft.AspNetCore.Http;

namespace IdP.Devices;

/// <summary>What a typed code led to: a request, nothing, or the order to wait.</summary>
public sealed record DeviceLookup(DeviceRequest? Request, TimeSpan? RetryAfter);

/// <summary>
/// A signed-in person connects a device (RFC 8628 3.3): finds what the typed code belongs to, behind the limits on guesses, and takes the answer. The
/// person is asked every time: whoever started the device may be somebody else (RFC 8628 5.4), so no earlier consent counts.
/// </summary>
public sealed class ConnectDevice(DeviceRequests requests, GuessLimits limits, DeviceTicket ticket, AuditLog audit, Catalog catalog, AssignmentGate assignments, PolicyGate gate, TimeProvider clock)
{
    /// <param name="code">As <see cref="UserCode.TryParse"/> gives it.</param>
    public async Task<DeviceLookup> FindAsync(SignedInPerson person, IPAddress? source, string code, CancellationToken ct)
    {
        if (limits.TryTakeUserCode(person.UserId, source) is { } wait) return new(null, wait);
        if (await requests.FindAsync(code, ct) is not { } request) return new(null, null);

        limits.GiveBackUserCode(person.UserId, source);
        return new(request, null);
    }

    /// <summary>What the policies for the device's app still ask of this person, or that the app is not theirs to use.</summary>
    public async Task<PolicyObstacle?> ObstacleAsync(SignedInPerson person, Client client, string returnUrl, HttpContext http, CancellationToken ct) =>
        await assignments.RefuseAsync(person, client, returnUrl, http, ct) is { } unassigned ? new(PolicyAnswer.Block, unassigned) : await gate.FindAsync(person, client.ClientId, clock.GetUtcNow(), returnUrl, http, ct);

    /// <summary>Seals what is shown to the person, for <see cref="AnswerAsync"/>.</summary>
    public string Show(SignedInPerson person, DeviceRequest request, string code) => ticket.SealShown(new ShownDevice(person.UserId, person.SessionId, request.Id, code));

    /// <param name="shown">What <see cref="Show"/> gave.</param>
    /// <param name="chosen">Scopes ticked on the page; only requested ones count, and required ones cannot be left out.</param>
    /// <returns>The client that was answered; null when this is not this person's to answer, or not any more.</returns>
    public async Task<Client?> AnswerAsync(SignedInPerson person, string? shown, IReadOnlyCollection<string> chosen, bool allow, HttpContext http, CancellationToken ct)
    {
        if (ticket.OpenShown(shown) is not { } device || device.UserId != person.UserId || device.SessionId != person.SessionId || person.MustChangePassword) return null;
        if (await requests.FindAsync(device.Code, ct) is not { } request || request.Id != device.RequestId) return null;
        if (allow && await ObstacleAsync(person, request.Client, "/", http, ct) is not null) return null; // since the page was shown

        var resources = await catalog.GetResourcesAsync(ct);
        List<string> granted = allow ? [.. request.Scopes.Where(s => chosen.Contains(s) || Consenting.IsRequired(resources, s))] : [];
        // Saved together with the answer, or not at all.
        audit.Record(allow ? "device.allowed" : "device.denied", "client", request.Client.ClientId, allow ? new { scopes = granted } : null, person.UserId);
        var answered = allow ? await requests.AllowAsync(request.Id, person.ToSubject(), granted, ct) : await requests.DenyAsync(request.Id, ct);
        return answered ? request.Client : null;
    }
}
