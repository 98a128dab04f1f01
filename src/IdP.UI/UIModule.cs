using IdP.Http;
using IdP.Protocol.Authorize;
using IdP.UI.Account;
using IdP.UI.Account.Connections;
using IdP.UI.Account.Data;
using IdP.UI.Consent;
using IdP.UI.Console;
using IdP.UI.Design;
using IdP.UI.Device;
using IdP.UI.Errors;
using IdP.UI.FormPost;
using IdP.UI.Languages;
using IdP.UI.Logos;
using IdP.UI.Mailbox;
using IdP.UI.Notices;
using IdP.UI.Playground;
using IdP.UI.Portal;
using IdP.UI.Recovery;
using IdP.UI.SessionFrame;
using IdP.UI.SignIn;
using IdP.UI.SignOut;
using IdP.UI.SignUp;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.UI;

public static class UIModule
{
    public static IServiceCollection AddIdPUI(this IServiceCollection services)
    {
        services.AddRazorComponents();
        services.AddHttpContextAccessor();
        services.AddLocalization();
        services.AddAuthorization();
        services.AddPlayground();
        services.AddSingleton<UserNameTicket>();
        services.AddSingleton<LinkTicket>();
        services.AddSingleton<IFormPostPage, AnswerByForm>();
        services.AddAntiforgery(options => options.FormFieldName = "csrf");
        // Lax, not Strict: apps send people here from other sites, and a new cookie at each arrival would break the forms open in other tabs.
        services.AddOptions<AntiforgeryOptions>().Configure<IConfiguration>((options, configuration) => HostCookie.Protect(options.Cookie, "idp.csrf", configuration));
        return services;
    }

    public static void MapIdPUI(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapAssets();
        endpoints.MapLogos();
        endpoints.MapErrors();
        endpoints.MapLanguages();
        endpoints.MapSignIn();
        endpoints.MapAccounts();
        endpoints.MapPasskeySignIn();
        endpoints.MapSecondFactor();
        endpoints.MapMailSignIn();
        endpoints.MapSignUp();
        endpoints.MapEnrol();
        endpoints.MapRefused();
        endpoints.MapUnassigned();
        endpoints.MapRecovery();
        endpoints.MapRescue();
        endpoints.MapSupervisedRecovery();
        endpoints.MapFreeze();
        endpoints.MapDeletion();
        endpoints.MapSignOut();
        endpoints.MapSessionFrame();
        endpoints.MapExternalSignIn();
        endpoints.MapUpstreams();
        endpoints.MapConsent();
        endpoints.MapDevice();
        endpoints.MapAccount();
        endpoints.MapConsole();
        endpoints.MapPlayground();
        endpoints.MapMailbox();
        endpoints.MapPortal();
    }
}
