using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using WebApp;

var builder = WebApplication.CreateBuilder(args);
var authority = new Uri(builder.Configuration.GetRequired("Authority"));
var apiUrl = new Uri(builder.Configuration.GetRequired("ApiUrl"));
var clientId = builder.Configuration.GetRequired("ClientId");
var clientSecret = builder.Configuration.GetRequired("ClientSecret");

#region docs_sign-in
builder.Services
    .AddAuthentication(options =>
    {
        options.DefaultScheme = CookieAuthenticationDefaults.AuthenticationScheme;
        options.DefaultChallengeScheme = OpenIdConnectDefaults.AuthenticationScheme;
    })
    .AddCookie(options =>
    {
        options.Cookie.Name = "webapp";
        options.Cookie.SameSite = SameSiteMode.Lax;
        options.ExpireTimeSpan = TimeSpan.FromHours(8);
        options.Events.OnValidatePrincipal = context => context.HttpContext.RequestServices.GetRequiredService<BackChannelLogout>().CheckAsync(context);
    })
    .AddOpenIdConnect(options =>
    {
        options.Authority = authority.OriginalString;
        options.RequireHttpsMetadata = !authority.IsLoopback; // plain http for localhost only
        options.ClientId = clientId;
        options.BackchannelHttpHandler = new ClientSecretBasic(clientId, clientSecret);
        options.ResponseType = OpenIdConnectResponseType.Code; // with PKCE, which the handler adds by itself
        options.ResponseMode = OpenIdConnectResponseMode.Query;
        options.NonceCookie.SameSite = SameSiteMode.Lax;       // enough for a query response, and it works on plain http://localhost
        options.CorrelationCookie.SameSite = SameSiteMode.Lax;

        options.Scope.Clear();
        foreach (var scope in (string[])["openid", "profile", "email", "api.read", "offline_access"]) options.Scope.Add(scope);

        options.SaveTokens = true;                    // in the encrypted cookie, for the API call, the refresh and the sign-out
        options.GetClaimsFromUserInfoEndpoint = true; // identity tokens stay small; name and e-mail come from there
        options.MapInboundClaims = false;             // keep the names of the specification: sub, name, email
        options.TokenValidationParameters.NameClaimType = "name";
        options.DisableTelemetry = true;              // no version numbers of this app in the browser's address bar
        options.EventsType = typeof(SignInEvents);
    });
builder.Services.AddScoped<SignInEvents>();
#endregion

builder.Services.AddAuthorization();
builder.Services.AddHttpClient("api", http =>
{
    http.BaseAddress = apiUrl;
    http.Timeout = TimeSpan.FromSeconds(20);
});
builder.Services.AddMemoryCache();
builder.Services.AddDistributedMemoryCache(); // of this process; several nodes need one that they share
builder.Services.AddSingleton<Tokens>();
builder.Services.AddSingleton<BackChannelLogout>();
builder.Services.AddRazorPages();
builder.Services.AddExceptionHandler<ProviderUnreachable>();
builder.Services.AddProblemDetails();
builder.Services.AddHostedService<ProviderCheck>();

var app = builder.Build();
app.UseExceptionHandler();
app.Use((context, next) =>
{
    // The sign-out form is answered with a redirect to the provider, which form-action has to allow.
    context.Response.Headers.ContentSecurityPolicy =
        $"default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' {authority.GetLeftPart(UriPartial.Authority)}";
    return next();
});
app.UseStaticFiles();
app.UseAuthentication();
app.UseAuthorization();
app.MapRazorPages();
#region docs_back-channel-endpoint
app.MapPost(BackChannelLogout.Path, (HttpContext context, BackChannelLogout logout, CancellationToken ct) => logout.ReceiveAsync(context, ct));
#endregion
app.Run();
