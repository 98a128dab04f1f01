using System.Security.Claims;
using Api;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;

var builder = WebApplication.CreateBuilder(args);
var authority = new Uri(builder.Configuration.GetRequired("Authority"));
var spaOrigin = builder.Configuration.GetRequired("SpaOrigin");

#region docs_bearer
builder.Services
    .AddAuthentication(JwtBearerDefaults.AuthenticationScheme)
    .AddJwtBearer(options =>
    {
        options.Authority = authority.OriginalString;
        options.RequireHttpsMetadata = !authority.IsLoopback; // plain http for localhost only
        options.Audience = "urn:demo:api";                    // a token for another API is refused
        options.TokenValidationParameters.ValidTypes = ["at+jwt"]; // RFC 9068: an identity token is not an access token
        options.MapInboundClaims = false;                     // keep the names of the specification: sub, client_id, scope
        options.EventsType = typeof(BearerEvents);
    });
builder.Services.AddScoped<BearerEvents>();
#endregion

#region docs_policies
builder.Services.AddSingleton<IAuthorizationHandler, ScopeHandler>();
builder.Services.AddAuthorizationBuilder()
    .AddPolicy("api.read", policy => policy.AddRequirements(new ScopeRequirement("api.read")))
    .AddPolicy("api.write", policy => policy.AddRequirements(new ScopeRequirement("api.write")))
    .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build()); // nothing is open by accident
#endregion

#region docs_cors
builder.Services.AddCors(cors => cors.AddDefaultPolicy(policy => policy
    .WithOrigins(spaOrigin)
    .WithMethods("GET", "POST")
    .WithHeaders("authorization", "content-type")
    .WithExposedHeaders("WWW-Authenticate")));
#endregion
builder.Services.AddHostedService<ProviderCheck>();

var app = builder.Build();
app.UseCors();
app.UseAuthentication();
app.UseAuthorization();

#region docs_endpoints
app.MapGet("/weather", (ClaimsPrincipal user) => new
{
    forecast = "Sunny, 21 °C",
    caller = Caller.From(user),
}).RequireAuthorization("api.read");

app.MapPost("/notes", (NewNote note, ClaimsPrincipal user) => string.IsNullOrWhiteSpace(note.Text)
    ? Results.ValidationProblem(new Dictionary<string, string[]> { ["text"] = ["A note needs a text."] })
    : Results.Json(new { text = note.Text, caller = Caller.From(user) }, statusCode: StatusCodes.Status201Created))
    .RequireAuthorization("api.write");
#endregion

app.Run();

internal sealed record NewNote(string? Text);

/// <summary>Who calls: <c>sub</c> is the person (or the client itself in the client credentials grant), <c>client_id</c> the app.</summary>
internal sealed record Caller(string? Sub, string? ClientId, string[] Scopes)
{
    public static Caller From(ClaimsPrincipal user) =>
        new(user.FindFirstValue("sub"), user.FindFirstValue("client_id"), [.. ScopeHandler.ScopesOf(user)]);
}
