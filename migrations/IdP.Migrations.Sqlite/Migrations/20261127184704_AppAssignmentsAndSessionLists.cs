using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace IdP.Migrations.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class AppAssignmentsAndSessionLists : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_Grants_ClientKey",
                table: "Grants");

            migrationBuilder.AddColumn<bool>(
                name: "AssignmentRequired",
                table: "Clients",
                type: "INTEGER",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<bool>(
                name: "CoordinateLifetimeWithUserSession",
                table: "Clients",
                type: "INTEGER",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<bool>(
                name: "ShowInPortal",
                table: "Clients",
                type: "INTEGER",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<int>(
                name: "UserSsoIdleLifetime",
                table: "Clients",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "UserSsoLifetime",
                table: "Clients",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "AssignedGroups",
                columns: table => new
                {
                    ClientKey = table.Column<Guid>(type: "TEXT", nullable: false),
                    GroupId = table.Column<Guid>(type: "TEXT", nullable: false),
                    AssignedAt = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_AssignedGroups", x => new { x.ClientKey, x.GroupId });
                    table.ForeignKey(
                        name: "FK_AssignedGroups_Clients_ClientKey",
                        column: x => x.ClientKey,
                        principalTable: "Clients",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "FK_AssignedGroups_Groups_GroupId",
                        column: x => x.GroupId,
                        principalTable: "Groups",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "AssignedUsers",
                columns: table => new
                {
                    ClientKey = table.Column<Guid>(type: "TEXT", nullable: false),
                    UserId = table.Column<Guid>(type: "TEXT", nullable: false),
                    AssignedAt = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_AssignedUsers", x => new { x.UserId, x.ClientKey });
                    table.ForeignKey(
                        name: "FK_AssignedUsers_Clients_ClientKey",
                        column: x => x.ClientKey,
                        principalTable: "Clients",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "FK_AssignedUsers_Users_UserId",
                        column: x => x.UserId,
                        principalTable: "Users",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_SignInDecisions_Apps",
                table: "SignInDecisions",
                columns: new[] { "UserId", "At" },
                filter: "\"Outcome\" IN (0, 30) AND \"ClientId\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_Sessions_Open",
                table: "Sessions",
                columns: new[] { "UserId", "Id" },
                filter: "\"EndedAt\" IS NULL");

            migrationBuilder.CreateIndex(
                name: "IX_Grants_ClientKey_SessionId",
                table: "Grants",
                columns: new[] { "ClientKey", "SessionId" });

            migrationBuilder.CreateIndex(
                name: "IX_Clients_Portal",
                table: "Clients",
                column: "ClientId",
                filter: "\"ShowInPortal\"");

            migrationBuilder.CreateIndex(
                name: "IX_AssignedGroups_GroupId",
                table: "AssignedGroups",
                column: "GroupId");

            migrationBuilder.CreateIndex(
                name: "IX_AssignedUsers_ClientKey_UserId",
                table: "AssignedUsers",
                columns: new[] { "ClientKey", "UserId" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "AssignedGroups");

            migrationBuilder.DropTable(
                name: "AssignedUsers");

            migrationBuilder.DropIndex(
                name: "IX_SignInDecisions_Apps",
                table: "SignInDecisions");

            migrationBuilder.DropIndex(
                name: "IX_Sessions_Open",
                table: "Sessions");

            migrationBuilder.DropIndex(
                name: "IX_Grants_ClientKey_SessionId",
                table: "Grants");

            migrationBuilder.DropIndex(
                name: "IX_Clients_Portal",
                table: "Clients");

            migrationBuilder.DropColumn(
                name: "AssignmentRequired",
                table: "Clients");

            migrationBuilder.DropColumn(
                name: "CoordinateLifetimeWithUserSession",
                table: "Clients");

            migrationBuilder.DropColumn(
                name: "ShowInPortal",
                table: "Clients");

            migrationBuilder.DropColumn(
                name: "UserSsoIdleLifetime",
                table: "Clients");

            migrationBuilder.DropColumn(
                name: "UserSsoLifetime",
                table: "Clients");

            migrationBuilder.CreateIndex(
                name: "IX_Grants_ClientKey",
                table: "Grants",
                column: "ClientKey");
        }
    }
}
