// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Delegate} from "../src/demo/Delegate.sol";
import {DemoExchange} from "../src/demo/DemoExchange.sol";
import {DemoToken} from "../src/demo/DemoToken.sol";
import {PrecompileTour} from "../src/demo/PrecompileTour.sol";
import {PrecompileWalk} from "../src/demo/PrecompileWalk.sol";
import {Base} from "./Base.sol";

contract DemoTest is Base {
    uint256 private constant KEY = 0xa5;
    DemoToken private a;
    DemoToken private b;
    DemoExchange private exchange;

    function setUp() public override {
        a = new DemoToken("A", "A", 1e24);
        b = new DemoToken("B", "B", 1e24);
        exchange = new DemoExchange(a, b);
        a.approve(address(exchange), type(uint256).max);
        b.approve(address(exchange), type(uint256).max);
    }

    function test_a_swap_never_shrinks_the_product(uint96 poolA, uint96 poolB, uint96 amount)
        public
    {
        uint256 x = 1000 + poolA % 1e23;
        uint256 y = 1000 + poolB % 1e23;
        uint256 trade = 1 + amount % 1e23;
        exchange.addLiquidity(x, y);
        uint256 expected = exchange.quote(a, trade);
        uint256 got = exchange.swap(a, trade, expected);
        vm.assertEq(got, expected);
        vm.assertGe(exchange.reserve0() * exchange.reserve1(), x * y);
        vm.assertEq(a.balanceOf(address(exchange)), exchange.reserve0());
        vm.assertEq(b.balanceOf(address(exchange)), exchange.reserve1());
    }

    function test_liquidity_comes_back() public {
        uint256 shares = exchange.addLiquidity(1e18, 4e18);
        vm.assertEq(shares, 2e18);
        (uint256 x, uint256 y) = exchange.removeLiquidity(shares);
        vm.assertEq(x, 1e18);
        vm.assertEq(y, 4e18);
    }

    function test_a_swap_minds_its_least_output() public {
        exchange.addLiquidity(1e18, 1e18);
        uint256 quoted = exchange.quote(a, 1e15);
        vm.expectRevert(
            abi.encodeWithSelector(DemoExchange.OutputTooLow.selector, quoted + 1, quoted)
        );
        exchange.swap(a, 1e15, quoted + 1);
        vm.expectRevert(abi.encodeWithSelector(DemoExchange.TokenUnknown.selector, USER));
        exchange.swap(DemoToken(USER), 1, 0);
        vm.expectRevert(DemoExchange.AmountZero.selector);
        exchange.swap(a, 0, 0);
    }

    /// forge-config: default.evm_version = "osaka"
    function test_the_tour_of_all_precompiles_gets_the_right_answers() public {
        PrecompileTour tour = new PrecompileTour();
        uint256 seen;
        bytes32 digest;
        for (uint256 i = 0; i < tour.STOPS(); ++i) {
            (uint160 precompile,, bytes memory expected) = tour.stop(i);
            seen |= uint256(1) << (precompile == 0x100 ? 0x12 : precompile);
            digest = keccak256(bytes.concat(digest, expected));
        }
        vm.assertEq(seen, 0x7fffe, "each of 0x01 to 0x11 and 0x100");
        vm.assertEq(tour.run(), digest);
    }

    /// forge-config: default.evm_version = "osaka"
    function test_the_walk_is_the_first_part_of_the_tour() public {
        PrecompileWalk walk = new PrecompileWalk();
        PrecompileTour tour = new PrecompileTour();
        bytes32 digest;
        for (uint256 i = 0; i < walk.STOPS(); ++i) {
            (uint160 precompile,, bytes memory expected) = walk.stop(i);
            (uint160 same,,) = tour.stop(i);
            vm.assertEq(precompile, same);
            digest = keccak256(bytes.concat(digest, expected));
        }
        vm.assertEq(walk.run(), digest);
    }

    function test_the_tour_fails_where_a_precompile_is_missing() public {
        PrecompileTour tour = new PrecompileTour();
        vm.expectRevert(
            abi.encodeWithSelector(PrecompileWalk.WrongAnswer.selector, address(0x0b), "")
        );
        tour.run();
    }

    function test_a_delegated_account_runs_a_batch_for_itself_only() public {
        address account = delegated();
        a.transfer(account, 100);
        vm.prank(USER);
        vm.expectRevert(abi.encodeWithSelector(Delegate.OnlyOwner.selector, USER));
        Delegate(payable(account)).execute(transfers(10, 20));
        vm.prank(account);
        Delegate(payable(account)).execute(transfers(10, 20));
        vm.assertEq(a.balanceOf(USER), 30);
        vm.assertEq(a.balanceOf(account), 70);
    }

    function test_a_batch_is_all_or_nothing() public {
        address account = delegated();
        a.transfer(account, 100);
        vm.prank(account);
        vm.expectPartialRevert(Delegate.CallFailed.selector);
        Delegate(payable(account)).execute(transfers(90, 20));
        vm.assertEq(a.balanceOf(account), 100);
    }

    function test_a_signed_batch_runs_once() public {
        address account = delegated();
        a.transfer(account, 100);
        Delegate wallet = Delegate(payable(account));
        Delegate.Call[] memory calls = transfers(1, 2);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, wallet.digest(calls));
        vm.prank(USER);
        wallet.executeSigned(calls, v, r, s);
        vm.assertEq(a.balanceOf(USER), 3);
        vm.prank(USER);
        vm.expectPartialRevert(Delegate.SignatureInvalid.selector);
        wallet.executeSigned(calls, v, r, s);
    }

    function delegated() private returns (address account) {
        account = vm.addr(KEY);
        vm.etch(account, address(new Delegate()).code);
    }

    function transfers(uint256 first, uint256 second)
        private
        view
        returns (Delegate.Call[] memory calls)
    {
        calls = new Delegate.Call[](2);
        calls[0] = Delegate.Call(address(a), 0, abi.encodeCall(a.transfer, (USER, first)));
        calls[1] = Delegate.Call(address(a), 0, abi.encodeCall(a.transfer, (USER, second)));
    }
}
