using IdP.Protocol.Logout;

namespace IdP.UI.SignOut;

/// <summary>One line of the receipt: what an app has heard, in two words.</summary>
/// <param name="State">The words, by their key.</param>
/// <param name="Kind">The badge's class.</param>
/// <param name="IsOpen">Whether it will still change.</param>
/// <param name="NeedsCare">Whether the person may still be signed in there.</param>
public sealed record AppReceipt(string Id, string Name, string State, string Kind, bool IsOpen, bool NeedsCare)
{
    public static AppReceipt Of(SessionApp app) => app.Delivery switch
    {
        { Status: LogoutDeliveryStatus.Confirmed } => new(app.ClientId, app.Name, "State_SignedOut", "ok", false, false),
        { Status: LogoutDeliveryStatus.Failed } => new(app.ClientId, app.Name, "State_NotReached", "bad", false, true),
        { LastError: null } => new(app.ClientId, app.Name, "State_BeingTold", "accent", true, false),
        not null => new(app.ClientId, app.Name, "State_TryingAgain", "warn", true, true),
        null when app.FrameAddress is not null => new(app.ClientId, app.Name, "State_ByBrowser", "accent", false, false),
        null => new(app.ClientId, app.Name, "State_TakesNone", "", false, true),
    };
}
