using IdP.Access;
using IdP.AccountApi;
using IdP.AssertionIssuers;
using IdP.Assignments;
using IdP.Audit;
using IdP.Clients;
using IdP.Configuration;
using IdP.Consents;
using IdP.Credentials.Passwords;
using IdP.Credentials;
using IdP.Data;
using IdP.Devices;
using IdP.Erasures;
using IdP.Exports;
using IdP.Federation;
using IdP.Groups;
using IdP.IdentityProviders;
using IdP.Keys;
using IdP.Ledger;
using IdP.Links;
using IdP.Mail;
using IdP.Nodes;
using IdP.Notices;
using IdP.Organizations;
using IdP.PersonalData;
using IdP.PersonalTokens;
using IdP.Policies;
using IdP.Portal;
using IdP.Profile;
using IdP.Protocol;
using IdP.Recovery;
using IdP.Registration;
using IdP.Resources;
using IdP.Risk;
using IdP.Sessions;
using IdP.SignIn;
using IdP.SignUp;
using IdP.Users;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.DependencyInjection;

namespace IdP;

/// <summary>The product: one line a capability.</summary>
public static class IdpModule
{
    public static IServiceCollection AddIdP(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        return services
            .AddData()
            .AddAccess()
            .AddAudit()
            .AddKeys()
            .AddPersonalData()
            .AddProtocol()
            .AddNodes()
            .AddPasswords()
            .AddCredentials()
            .AddSessions()
            .AddMail()
            .AddLinks()
            .AddNotices()
            .AddRecovery()
            .AddSignIn()
            .AddSignUp()
            .AddPolicies()
            .AddRisk()
            .AddFederation()
            .AddIdentityProviders()
            .AddConsents()
            .AddProfile()
            .AddPersonalTokens()
            .AddLedger()
            .AddAccountApi()
            .AddDevices()
            .AddClients()
            .AddAssignments()
            .AddAssertionIssuers()
            .AddRegistration()
            .AddResources()
            .AddPortal()
            .AddUsers()
            .AddGroups()
            .AddOrganizations()
            .AddErasures()
            .AddExports()
            .AddConfigurationFiles()
            .AddScoped<Schema>();
    }

    /// <summary>Early: what everybody asks for again and again, before anything that only other requests need.</summary>
    public static IApplicationBuilder UseIdPDocuments(this IApplicationBuilder app) => app.UseProtocolDocuments();

    /// <summary>Before the authentication, in which the protocol engine answers.</summary>
    public static IApplicationBuilder UseIdPMethods(this IApplicationBuilder app) => app.UseProtocolMethods();

    public static void MapIdP(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapProtocol();
        endpoints.MapAccountApi();
    }
}
