using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace IdP.Migrations.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class IdentityProviders : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "IdentityProviders",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "TEXT", nullable: false),
                    Name = table.Column<string>(type: "TEXT", maxLength: 50, nullable: false),
                    LinkId = table.Column<Guid>(type: "TEXT", nullable: false),
                    Type = table.Column<int>(type: "INTEGER", nullable: false),
                    DisplayName = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    Enabled = table.Column<bool>(type: "INTEGER", nullable: false),
                    Issuer = table.Column<string>(type: "TEXT", maxLength: 500, nullable: false),
                    ClientId = table.Column<string>(type: "TEXT", maxLength: 255, nullable: false),
                    ProtectedSecret = table.Column<string>(type: "TEXT", maxLength: 8000, nullable: true),
                    TokenEndpointAuthMethod = table.Column<string>(type: "TEXT", maxLength: 50, nullable: false),
                    TokenEndpointAuthSigningAlg = table.Column<string>(type: "TEXT", maxLength: 10, nullable: false),
                    ProtectedKey = table.Column<string>(type: "TEXT", maxLength: 8000, nullable: true),
                    KeyId = table.Column<string>(type: "TEXT", maxLength: 50, nullable: true),
                    Scopes = table.Column<string>(type: "TEXT", nullable: false),
                    AcrValues = table.Column<string>(type: "TEXT", nullable: false),
                    UsePushedAuthorization = table.Column<bool>(type: "INTEGER", nullable: false),
                    AllowNewUsers = table.Column<bool>(type: "INTEGER", nullable: false),
                    NameClaim = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    GivenNameClaim = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    FamilyNameClaim = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    EmailClaim = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    EmailVerifiedClaim = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    EmailTrust = table.Column<int>(type: "INTEGER", nullable: false),
                    AllowedDomains = table.Column<string>(type: "TEXT", nullable: false),
                    ShowOnSignInPage = table.Column<bool>(type: "INTEGER", nullable: false),
                    OnlyWay = table.Column<bool>(type: "INTEGER", nullable: false),
                    CreatedAt = table.Column<string>(type: "TEXT", nullable: false),
                    Version = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_IdentityProviders", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "IdentityProviderOrganizations",
                columns: table => new
                {
                    ProviderId = table.Column<Guid>(type: "TEXT", nullable: false),
                    OrganizationId = table.Column<Guid>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_IdentityProviderOrganizations", x => new { x.ProviderId, x.OrganizationId });
                    table.ForeignKey(
                        name: "FK_IdentityProviderOrganizations_IdentityProviders_ProviderId",
                        column: x => x.ProviderId,
                        principalTable: "IdentityProviders",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "FK_IdentityProviderOrganizations_Organizations_OrganizationId",
                        column: x => x.OrganizationId,
                        principalTable: "Organizations",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_IdentityProviderOrganizations_OrganizationId",
                table: "IdentityProviderOrganizations",
                column: "OrganizationId");

            migrationBuilder.CreateIndex(
                name: "IX_IdentityProviders_LinkId",
                table: "IdentityProviders",
                column: "LinkId",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_IdentityProviders_Name",
                table: "IdentityProviders",
                column: "Name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_IdentityProviders_ShowOnSignInPage_DisplayName",
                table: "IdentityProviders",
                columns: new[] { "ShowOnSignInPage", "DisplayName" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "IdentityProviderOrganizations");

            migrationBuilder.DropTable(
                name: "IdentityProviders");
        }
    }
}
